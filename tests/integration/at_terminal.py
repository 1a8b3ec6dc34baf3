"""A terminal, and a program that has it as its controlling one, for tests that play its user."""
import fcntl, os, pty, select, struct, subprocess, termios, time


def read_until(fd, text, seconds=20):
    """What comes until the text has, with it."""
    seen = b""
    end = time.time() + seconds
    while text not in seen and time.time() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                seen += os.read(fd, 4096)
            except OSError:
                break
    assert text in seen, (text, seen)
    return seen


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def start(*words):
    """Our side, the program's side, that one's mode as it was, and the process."""
    ours, theirs = pty.openpty()
    resize(ours, 33, 77)
    mode = termios.tcgetattr(theirs)

    def child():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=child)
    return ours, theirs, mode, process
