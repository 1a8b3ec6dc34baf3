"""Plays the user of sdcont stats, with the containers "busy" and "idle" running: stats_keys.py SDCONT."""
import os, signal, sys, termios, time

import at_terminal
from at_terminal import read_until

sdcont = sys.argv[1]


def start():
    ours, theirs, mode, process = at_terminal.start(sdcont, "stats", "-i", "0.2")
    at_terminal.resize(ours, 30, 160)
    read_until(ours, b"q: quit")
    return ours, theirs, mode, process


def settle(condition):
    for _ in range(100):
        if condition():
            return True
        time.sleep(0.1)
    return False


def first_is(ours, name):
    """Whether the first row comes to be that container's."""
    end = time.time() + 20
    while time.time() < end:
        frame = read_until(ours, b"q: quit")
        rows = [line for line in frame.split(b"\n") if b"busy" in line or b"idle" in line]
        if len(rows) == 2 and name in rows[0]:
            return True
    return False


ours, theirs, mode, process = start()
assert termios.tcgetattr(theirs)[3] & (termios.ECHO | termios.ICANON) == 0, "keys would wait for Enter"
for key, first in ((b"c", b"busy"), (b"p", b"idle"), (b"a", b"busy")):
    os.write(ours, key)
    assert first_is(ours, first), (key, first)
process.send_signal(signal.SIGTSTP)
assert settle(lambda: termios.tcgetattr(theirs) == mode), "the shell does not have its terminal back"
process.send_signal(signal.SIGCONT)
read_until(ours, b"q: quit")
assert settle(lambda: termios.tcgetattr(theirs)[3] & termios.ICANON == 0), "it does not go on"
os.write(ours, b"q")
read_until(ours, b"\x1b[?25h")
assert process.wait(20) == 0
assert termios.tcgetattr(theirs) == mode, "the terminal is not as it was"

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    ours, theirs, mode, process = start()
    process.send_signal(number)
    read_until(ours, b"\x1b[?25h")
    process.wait(20)
    assert termios.tcgetattr(theirs) == mode, number
print("all well")
