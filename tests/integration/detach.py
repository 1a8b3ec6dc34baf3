"""Plays the user at a terminal who leaves and comes back: detach.py SDCONT ROOT. Prints "all well"."""
import os, subprocess, sys, termios, time

import at_terminal
from at_terminal import read_until

sdcont, root = sys.argv[1:]


def sdcont_at_terminal(*words):
    return at_terminal.start(sdcont, *words)


# run -it, and leave it by ctrl-p ctrl-q
ours, theirs, mode, process = sdcont_at_terminal("run", "-it", "--name", "tty", root, "sh")
os.write(ours, b"echo re''ady; stty size\n")
read_until(ours, b"33 77")
os.write(ours, b"\x10\x11")
assert process.wait(20) == 0, process.returncode
assert termios.tcgetattr(theirs) == mode, "the terminal is as it was"

# come back: it is still that shell, with the new size
ours, theirs, mode, process = sdcont_at_terminal("attach", "--detach-keys", "ctrl-a,d", "tty")
at_terminal.resize(ours, 20, 90)
time.sleep(0.2)
os.write(ours, b"echo ag''ain; stty size\n")
read_until(ours, b"20 90")
os.write(ours, b"sleep 1000\n")
time.sleep(0.5)
os.write(ours, b"\x03")
os.write(ours, b"echo inter''rupted\n")
read_until(ours, b"interrupted")
os.write(ours, b"\x01d")
assert process.wait(20) == 0, process.returncode

# what was said is in the log
log = subprocess.run([sdcont, "logs", "tty"], capture_output=True, timeout=20).stdout
assert b"ready" in log and b"interrupted" in log, log

# the end of the shell is the end of who is attached
ours, theirs, mode, process = sdcont_at_terminal("attach", "tty")
time.sleep(0.2)
os.write(ours, b"exit 5\n")
assert process.wait(20) == 5, process.returncode
assert termios.tcgetattr(theirs) == mode, "the terminal is as it was"
subprocess.run([sdcont, "rm", "tty"], check=True, stdout=subprocess.DEVNULL)
print("all well")
