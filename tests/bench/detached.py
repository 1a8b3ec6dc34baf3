#!/usr/bin/env python3
"""detached.py DIR: containers that run by themselves: how many a second, beside crun alone, crun under conmon and
podman; what each keeps in memory for it; and when `run -d` returns, beside a `true` that is waited for."""
import collections
import json
import os
import shutil
import subprocess
import sys
import time

import timing

scratch = sys.argv[1]
root = f"{scratch}/root"
runs = int(os.environ["RUNS"])
SDCONT = os.environ["SDCONT"]
COUNT = int(os.environ.get("DETACHED", "1000"))
PODMANS = COUNT // 20  # each takes it a good part of a second
NAME = f"bench-detached-{os.getpid()}"
BUNDLE = f"{scratch}/crun-detached"
CONMON = shutil.which("conmon") or "/usr/libexec/podman/conmon"
PODMAN = timing.podman(scratch)
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
LIMITS = ["--memory=128m", "--cpus=0.2", "--pids-limit=64"]


def detached(driver):
    return [SDCONT, "run", "-d", "--quiet", "--log-driver", driver, *LIMITS]


def start_ours(name):
    subprocess.run([*detached("none"), "--name", name, root, "sleep", "1000"], check=True, **QUIET)


def start_ours_logged(name):
    subprocess.run([*detached("json-file"), "--name", name, root, "sleep", "1000"], check=True, **QUIET)


def crun(*words):
    return ["crun", *(["--systemd-cgroup"] if timing.has_systemd else []), *words]


def start_crun(name):
    subprocess.run(crun("run", "--detach", "--bundle", BUNDLE, name), check=True, **QUIET)


def start_conmon(name):
    """As podman does: conmon creates the container, tells its pid, and it is started."""
    told, tells = os.pipe()
    files = ["-b", BUNDLE, "-p", f"{scratch}/{name}.pid", "-l", f"k8s-file:{scratch}/{name}.log", "--exit-dir", scratch]
    flags = ["--full-attach", *(["--systemd-cgroup"] if timing.has_systemd else [])]
    subprocess.run([CONMON, "--api-version", "1", "-c", name, "-u", name, "-n", name, "-r", shutil.which("crun"), *files, *flags],
                   env={**os.environ, "_OCI_SYNCPIPE": str(tells)}, pass_fds=[tells], check=True, **QUIET)
    os.close(tells)
    with os.fdopen(told) as answer:
        if json.loads(line := answer.readline() or "{}").get("data", -1) < 0:
            raise OSError(f"conmon did not start {name}: {line}")
    subprocess.run(crun("start", name), check=True, **QUIET)


def start_podman(name):
    subprocess.run([*PODMAN, "run", "-d", "--network=none", *LIMITS, "--name", name, "--rootfs", root, "/bin/sleep",
                    "1000"], check=True, **QUIET)


def end_ours(names):
    for begin in range(0, len(names), 50):
        subprocess.run([SDCONT, "rm", "-f", *names[begin:begin + 50]], check=False, **QUIET)


def end_crun(names):
    for name in names:
        subprocess.run(crun("delete", "--force", name), check=False, **QUIET)


def end_podman(names):
    subprocess.run([*PODMAN, "rm", "-f", "-t", "0", *names], check=False, **QUIET)


# name, how one is started, how many are ended, how many there are to be, the program whose processes stay, what must be
# there
Tool = collections.namedtuple("Tool", "name start end count process needs")
TOOLS = [
    Tool("sdcont run -d", start_ours, end_ours, COUNT, "sdcont", SDCONT),
    Tool("sdcont run -d, logged", start_ours_logged, end_ours, COUNT, "sdcont", SDCONT),
    Tool("crun run --detach", start_crun, end_crun, COUNT, None, "crun"),
    Tool("crun under conmon", start_conmon, end_crun, COUNT, "conmon", CONMON),
    Tool("podman run -d", start_podman, end_podman, PODMANS, "conmon", "podman"),
]


def processes(name):
    """The pids of a program's processes; of its file's name, as a process may change its own."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.path.basename(os.readlink(f"/proc/{pid}/exe")).split(" ")[0] == name:
                found.append(int(pid))
        except OSError:
            pass
    return set(found)


def measure(tool):
    if not shutil.which(tool.needs):
        return print(f"{tool.name:<24}skipped: {tool.needs} is not installed")
    names = [f"{NAME}-{number}" for number in range(tool.count)]
    before = processes(tool.process) if tool.process else set()
    try:
        tool.start(f"{NAME}-warm")
        began = time.monotonic()
        for name in names:
            tool.start(name)
        rate = tool.count / (time.monotonic() - began)
        stay = processes(tool.process) - before if tool.process else set()
        kept = sum(timing.private_kib(pid) for pid in stay) / (tool.count + 1)
        print(f"{tool.name:<24}{tool.count:>6}{rate:>10.1f} /s{kept:>14.0f} KiB")
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"{tool.name:<24}skipped: {error}")
    finally:
        tool.end([f"{NAME}-warm", *names])
        time.sleep(1)  # what it leaves to systemd


def measure_return():
    """What is removed in its own time does so while the next one starts: that is in both figures of a pair."""
    options = ["--rm", root, "/bin/true"]
    for driver in ("none", "json-file"):
        took = timing.medians({"run": [SDCONT, "run", "--quiet", *LIMITS, *options],
                               "run -d": [*detached(driver), *options]}, runs)
        print(f"run -d (log driver {driver}) returns after {took['run -d']:.1f} ms, "
              f"a true that is waited for after {took['run']:.1f} ms")


measure_return()
if shutil.which("crun"):
    timing.make_bundle("crun", BUNDLE, root, ["/bin/sleep", "1000"])
print(f"{'ONE AFTER THE OTHER':<24}{'COUNT':>6}{'STARTED':>13}{'KEPT FOR EACH':>18}")
for each in TOOLS:
    measure(each)
