#!/usr/bin/python3
"""manager.py [-n NAMES] [-w USEC] -- COMMAND...: what a service manager is to the program that it starts. Hands on a
listening socket for each of the NAMES (a:b), and listens at NOTIFY_SOCKET. Prints what it is told, each message with who
says it ("main" is the COMMAND's own process), and ends with the COMMAND's status once nothing more comes."""
import argparse, os, select, socket, struct, sys, tempfile

parser = argparse.ArgumentParser()
parser.add_argument("-n", default="")
parser.add_argument("-w", default="")
parser.add_argument("-u", help="wait at the end until told this", default="")
parser.add_argument("command", nargs=argparse.REMAINDER)
args = parser.parse_args()
names = [name for name in args.n.split(":") if name]
place = tempfile.mkdtemp()
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
notify.bind(place + "/notify")
sockets = []
for name in names:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(f"{place}/{name}")
    listener.listen()
    sockets.append(os.dup2(listener.fileno(), 100 + len(sockets)))

pid = os.fork()
if pid == 0:
    for i, fd in enumerate(sockets):
        os.dup2(fd, 3 + i)
        os.close(fd)
    os.environ["NOTIFY_SOCKET"] = place + "/notify"
    if names:
        os.environ.update(LISTEN_FDS=str(len(names)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=":".join(names))
    if args.w:
        os.environ.update(WATCHDOG_USEC=args.w, WATCHDOG_PID=str(os.getpid()))
    os.execvp(args.command[0], args.command)

main, status, told = pid, None, []
for name in names:  # somebody calls
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(f"{place}/{name}")
    client.send(f"hello {name}\n".encode())
    client.close()
while True:
    if status is None:
        done, raw = os.waitpid(pid, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(raw)
    if not select.select([notify], [], [], 0.05)[0]:
        if status is not None and (not args.u or args.u in told):
            break
        continue
    data, control, _, _ = notify.recvmsg(4096, 1024)
    sender = struct.unpack("iii", [c[2] for c in control if c[1] == socket.SCM_CREDENTIALS][0])[0]
    for line in data.decode().splitlines():
        told.append(line)
        if line.startswith("MAINPID="):
            main = int(line[8:])
            line = "MAINPID"
        who = "main" if sender == pid else "new-main" if sender == main else "another"
        os.write(1, f"told {line} by {who}\n".encode())  # at once: COMMAND writes to the same pipe
os.unlink(place + "/notify")
for name in names:
    os.unlink(f"{place}/{name}")
os.rmdir(place)
sys.exit(status)
