"""Plays the user at a terminal: exec_terminal.py SDCONT CONTAINER. Prints "all well", or what was not."""
import os, select, signal, subprocess, sys, termios, time

import at_terminal
from at_terminal import read_until, resize

sdcont, container = sys.argv[1:]


def wait_for(condition, what):
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(what)


def start(*command, options=()):
    """sdcont exec -it with a terminal as its controlling one."""
    return at_terminal.start(sdcont, "exec", "-it", *options, container, *command)


def inside(*command):
    return subprocess.run([sdcont, "exec", container, *command], stdout=subprocess.DEVNULL, check=False).returncode == 0


# a shell: its terminal is of the container's own devpts, has our size, and follows it
ours, theirs, mode, process = start("sh")
os.write(ours, b"tty; stty size; echo $TERM; echo re''ady\n")
seen = read_until(ours, b"ready")
assert b"/dev/pts/0" in seen and b"33 77" in seen and b"xterm" in seen, seen
resize(ours, 44, 99)
process.send_signal(signal.SIGWINCH)
time.sleep(0.3)
os.write(ours, b"stty size; echo ag''ain\n")
assert b"44 99" in read_until(ours, b"again")
assert termios.tcgetattr(theirs)[3] & termios.ECHO == 0, "not in raw mode while it runs"
os.write(ours, b"sleep 100\n")
time.sleep(0.3)
os.write(ours, b"\x03")  # Ctrl-C ends the command inside, not the shell
os.write(ours, b"echo still he''re\n")
read_until(ours, b"still here")
os.write(ours, b"sleep 100\n")
time.sleep(0.3)
os.write(ours, b"\x1a")  # and Ctrl-Z stops it
read_until(ours, b"Stopped")
os.write(ours, b"kill -9 %1\n exit 9\n exit 9\n")
assert process.wait(20) == 9
assert termios.tcgetattr(theirs) == mode, "the terminal is not as it was"

# the detach keys: the command stays, and what it writes is read
ours, theirs, mode, process = start("sh", "-c", "echo re''ady; seq 1 100000; sleep 0.5; touch /tmp/detached; sleep 700")
read_until(ours, b"ready")
os.write(ours, b"\x10\x11")
while process.poll() is None:
    if select.select([ours], [], [], 0.1)[0]:
        os.read(ours, 65536)
assert process.wait(20) == 0
assert termios.tcgetattr(theirs) == mode, "the terminal is not as it was after its detach keys"
wait_for(lambda: inside("test", "-e", "/tmp/detached"), "the command did not go on")
assert inside("sh", "-c", "ps -o args | grep -qx 'sleep 700'")

# other ones
ours, theirs, mode, process = start("sh", options=["--detach-keys", "ctrl-a,d"])
os.write(ours, b"echo re''ady\n")
read_until(ours, b"ready")
os.write(ours, b"\x01")
os.write(ours, b"d")
assert process.wait(20) == 0

# the client is killed: its terminal is still put back, and the hang-up ends the shell
ours, theirs, mode, process = start("sh", "-c", "trap 'touch /tmp/hung-up; exit' HUP; echo re''ady; while :; do sleep 0.1; done")
read_until(ours, b"ready")
process.kill()
process.wait()
wait_for(lambda: termios.tcgetattr(theirs) == mode, "the terminal stays raw after SIGKILL")
wait_for(lambda: inside("test", "-e", "/tmp/hung-up"), "no hang-up")

# output that comes just before the end is not lost
ours, theirs, mode, process = start("sh", "-c", "seq 1 2000; echo the-end")
read_until(ours, b"the-end")
assert process.wait(20) == 0
print("all well")
