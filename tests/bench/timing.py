"""Whole processes, timed by hyperfine."""
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
WARM_UP = 3
SETTLE = 0.3  # seconds: what the tool before has left to others (systemd takes a scope down after its end)


def block(command, runs, pause):
    """Milliseconds of each run of a command that is run again and again, with a pause of so many seconds before each."""
    with tempfile.NamedTemporaryFile() as file:
        before = [f"--prepare=sleep {pause}"] if pause else []
        done = subprocess.run(["hyperfine", "-N", "--style=none", f"--warmup={WARM_UP}", f"--runs={runs}", *before,
                               f"--export-json={file.name}", shlex.join(command)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"bench: {shlex.join(command)}: {done.stderr.strip()}")
        return [seconds * 1000 for seconds in json.load(file)["results"][0]["times"]]


def in_blocks(commands, runs, pause=0):
    """{name: [milliseconds]} of {name: command}: each tool has the machine to itself for a while, then the next, and
    all of it three times, so that what else the machine does falls on each of them."""
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            time.sleep(SETTLE)
            times[name] += block(command, max(runs // ROUNDS, 2), pause)
    return times


def medians(commands, runs):
    return {name: statistics.median(values) for name, values in in_blocks(commands, runs).items()}


def in_turns(commands, runs):
    """Medians in milliseconds of commands that differ little: one run of each, again and again, in changing order."""
    times = {name: [] for name in commands}
    for i in range(runs):
        for name in sorted(commands, reverse=i % 2 == 1):
            start = time.monotonic()
            subprocess.run(commands[name], stdout=subprocess.DEVNULL, check=True)
            times[name].append((time.monotonic() - start) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


has_systemd = os.path.isdir("/run/systemd/system")


def systemd_run(*words):
    return ["systemd-run", "--scope", "--quiet", "--collect", "-p", "MemoryMax=128M", "-p", "CPUQuota=20%",
            "-p", "TasksMax=64", *words]


def sdcont(*words):
    return [os.environ["SDCONT"], "run", "--quiet", "--rm", "--memory", "128M", "--cpus", "0.2", "--pids-limit", "64", *words]


def make_bundle(tool, path, root, command):
    """A directory with a config.json of the command, with our namespaces and limits, and the tool's own mounts."""
    os.mkdir(path)
    subprocess.run([tool, "spec"], cwd=path, check=True)
    with open(f"{path}/config.json", encoding="utf-8") as file:
        spec = json.load(file)
    spec["process"]["terminal"] = False
    spec["process"]["args"] = command
    spec["root"] = {"path": root, "readonly": False}
    spec["linux"]["namespaces"] = [{"type": name} for name in ("pid", "network", "ipc", "uts", "mount", "cgroup")]
    spec["linux"].setdefault("resources", {}).update(
        memory={"limit": 128 << 20}, cpu={"quota": 20000, "period": 100000}, pids={"limit": 64})
    with open(f"{path}/config.json", "w", encoding="utf-8") as file:
        json.dump(spec, file)


def private_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith(("Private_Clean", "Private_Dirty")))


def podman(scratch):
    """podman with a store of its own, for which no file system has to be mounted over another overlay."""
    return ["podman", f"--root={scratch}/podman", f"--runroot={scratch}/podman-run", "--storage-driver=vfs"]
