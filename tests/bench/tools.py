#!/usr/bin/env python3
"""tools.py DIR: sdcont beside what else launches containers or scopes, on the root file system DIR/root."""
import os
import shutil
import statistics
import subprocess
import sys
import time

import timing

scratch = sys.argv[1]
root = f"{scratch}/root"


def oci(tool, *flags):
    path = f"{scratch}/{tool}"
    if not os.path.isdir(path):
        timing.make_bundle(tool, path, root, ["/bin/true"])
    return [tool, *flags, "run", "--bundle", path, f"bench-{os.getpid()}"]


BWRAP = ["bwrap", "--unshare-all", "--bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
         "/bin/true"]
PODMAN = [*timing.podman(scratch), "run", "--rm", "--network=none", "--memory=128m", "--cpus=0.2", "--pids-limit=64",
          "--rootfs", root, "/bin/true"]


def ours(manager):
    return [os.environ["SDCONT"], f"--cgroup-manager={manager}", *timing.sdcont(root, "/bin/true")[1:]]


# name, program, isolation, limits, command. The first of each table is what the others are compared with. With
# systemd on cgroup v1 the tables must not mix: it takes away its own slices in some hierarchies after each scope,
# from under whoever makes a cgroup in them.
SYSTEMD = [
    ("sdcont", None, "yes", "yes", lambda: ours("systemd")),
    ("bubblewrap", "bwrap", "yes", "no", lambda: BWRAP),
    ("systemd-run --scope", "systemd-run", "no", "yes", lambda: timing.systemd_run("/bin/true")),
    ("crun", "crun", "yes", "yes", lambda: oci("crun", "--systemd-cgroup")),
    ("runc", "runc", "yes", "yes", lambda: oci("runc", "--systemd-cgroup")),
    ("podman", "podman", "yes", "yes", lambda: PODMAN),
]
CGROUPFS = [
    ("sdcont", None, "yes", "yes", lambda: ours("cgroupfs")),
    ("bubblewrap", "bwrap", "yes", "no", lambda: BWRAP),
    ("crun", "crun", "yes", "yes", lambda: oci("crun")),
    ("runc", "runc", "yes", "yes", lambda: oci("runc")),
]


def try_out(tools):
    """The commands that work here, by name, and why the others do not."""
    commands, skipped = {}, {}
    for name, program, _, _, make in tools:
        if program and not shutil.which(program):
            skipped[name] = f"{program} is not installed"
            continue
        command = make()
        trial = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, check=False)
        if trial.returncode == 0:
            commands[name] = command
        elif program:
            skipped[name] = trial.stderr.strip()
        else:
            sys.exit(f"bench: {trial.stderr.strip()}")
    return commands, skipped


def show(title, tools, pause=0):
    commands, skipped = try_out(tools)
    times = timing.in_blocks(commands, int(os.environ["RUNS"]), pause)
    base = statistics.median(times[tools[0][0]])
    print(f"{title:<22}{'ISOLATION':<11}{'LIMITS':<8}{'MEDIAN':>9}{'FASTEST':>10}{'SDCONT IS':>12}")
    for name, _, isolation, limits, _ in tools:
        if name in skipped:
            print(f"{name:<22}skipped: {skipped[name]}")
            continue
        median = statistics.median(times[name])
        print(f"{name:<22}{isolation:<11}{limits:<8}{median:>6.1f} ms{min(times[name]):>7.1f} ms"
              f"{base / median:>10.2f} x")


if timing.has_systemd:
    show("WITH SYSTEMD", SYSTEMD)
    # Moving the first process in a while takes the kernel a grace period.
    show("..., ONE EACH 0.3 s", SYSTEMD, 0.3)
    time.sleep(1)  # the last scope's slices
show("WITH CGROUPFS", CGROUPFS)
