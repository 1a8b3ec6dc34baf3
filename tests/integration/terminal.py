"""Plays the user at a terminal: terminal.py SDCONT ROOT. Prints "all well", or what was not."""
import os, signal, sys, termios, time

import at_terminal
from at_terminal import read_until, resize

sdcont, root = sys.argv[1:]


def start(*command):
    """sdcont run -it with a terminal as its controlling one."""
    return at_terminal.start(sdcont, "run", "--rm", "-it", root, *command)


# a shell: its terminal is the container's, has our size, and follows it
ours, theirs, mode, process = start("sh")
os.write(ours, b"tty; stty size; echo re''ady\n")
seen = read_until(ours, b"ready")
assert b"/dev/pts/0" in seen and b"33 77" in seen, seen
resize(ours, 44, 99)
process.send_signal(signal.SIGWINCH)
time.sleep(0.5)
os.write(ours, b"stty size; echo ag''ain\n")
assert b"44 99" in read_until(ours, b"again")
assert termios.tcgetattr(theirs)[3] & termios.ECHO == 0, "not in raw mode while it runs"
os.write(ours, b"sleep 100\n")
time.sleep(0.5)
os.write(ours, b"\x03")  # Ctrl-C ends the command inside, not the container
os.write(ours, b"echo still he''re; exit 9\n")
read_until(ours, b"still here")
assert process.wait(20) == 9
assert termios.tcgetattr(theirs) == mode, "the terminal is not as it was"

# the client is killed: its terminal is still put back, and the hang-up ends the shell
ours, theirs, mode, process = start("sh")
os.write(ours, b"echo re''ady\n")
read_until(ours, b"ready")
process.kill()
process.wait()
for _ in range(100):
    if termios.tcgetattr(theirs) == mode:
        break
    time.sleep(0.1)
assert termios.tcgetattr(theirs) == mode, "the terminal stays raw after SIGKILL"

# output that comes just before the end is not lost
ours, theirs, mode, process = start("sh", "-c", "seq 1 2000; echo the-end")
read_until(ours, b"the-end")
assert process.wait(20) == 0
print("all well")
