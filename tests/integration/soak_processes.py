"""What /proc tells of processes, for soak.py: nothing of one that is gone."""
import contextlib, os, select


def stat_of(pid):
    """The fields of /proc/PID/stat after the name."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rsplit(")", 1)[1].split()


def children_of(pid):
    """Their pidfds."""
    found = []
    with contextlib.suppress(OSError):
        for child in open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8").read().split():
            with contextlib.suppress(OSError):
                found.append(os.pidfd_open(int(child)))
    return found


def comm_of(pid):
    try:
        return "" if stat_of(pid)[0] == "Z" else open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace").read().strip()
    except OSError:
        return ""


def program_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def namespace_of(pid):
    try:
        return str(os.stat(f"/proc/{pid}/ns/pid").st_ino)
    except OSError:
        return ""


def descriptors(pid):
    try:
        return {f"{fd} {os.readlink(f'/proc/{pid}/fd/{fd}')}" for fd in os.listdir(f"/proc/{pid}/fd")}
    except OSError:
        return set()


def has_ended(process, seconds):
    """Whether a process has ended, by its pidfd."""
    return bool(select.select([process], [], [], seconds)[0])
