#!/usr/bin/env python3
"""tools.py DIR: sdcont beside what else launches containers or scopes, on the root file system DIR/root."""
import json
import os
import shutil
import statistics
import subprocess
import sys

import timing

scratch = sys.argv[1]
root = f"{scratch}/root"
has_systemd = os.path.isdir("/run/systemd/system")


def bundle(tool):
    """A directory with a config.json of the same command, namespaces and limits, and the tool's own mounts."""
    path = f"{scratch}/{tool}"
    os.mkdir(path)
    subprocess.run([tool, "spec"], cwd=path, check=True)
    with open(f"{path}/config.json", encoding="utf-8") as file:
        spec = json.load(file)
    spec["process"]["terminal"] = False
    spec["process"]["args"] = ["/bin/true"]
    spec["root"] = {"path": root, "readonly": False}
    spec["linux"]["namespaces"] = [{"type": name} for name in ("pid", "network", "ipc", "uts", "mount", "cgroup")]
    spec["linux"].setdefault("resources", {}).update(
        memory={"limit": 128 << 20}, cpu={"quota": 20000, "period": 100000}, pids={"limit": 64})
    with open(f"{path}/config.json", "w", encoding="utf-8") as file:
        json.dump(spec, file)
    return path


def oci(tool, *flags):
    path = bundle(tool) if not os.path.isdir(f"{scratch}/{tool}") else f"{scratch}/{tool}"
    return lambda run: [tool, *flags, "run", "--bundle", path, f"bench-{run}"]


BWRAP = ["bwrap", "--unshare-all", "--bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
         "/bin/true"]
SYSTEMD_RUN = ["systemd-run", "--scope", "--quiet", "--collect", "-p", "MemoryMax=128M", "-p", "CPUQuota=20%", "-p",
               "TasksMax=64", "/bin/true"]
PODMAN = ["podman", "run", "--rm", "--network=none", "--memory=128m", "--cpus=0.2", "--pids-limit=64", "--rootfs",
          root, "/bin/true"]

# name, program, isolation, limits, needs systemd, command
TOOLS = [
    ("sdcont", None, "yes", "yes", False, lambda: lambda run: timing.sdcont(root, "/bin/true")),
    ("sdcont, cgroupfs", None, "yes", "yes", True,
     lambda: lambda run: [timing.sdcont()[0], "--cgroup-manager=cgroupfs", *timing.sdcont(root, "/bin/true")[1:]]),
    ("bubblewrap", "bwrap", "yes", "no", False, lambda: lambda run: BWRAP),
    ("systemd-run --scope", "systemd-run", "no", "yes", True, lambda: lambda run: SYSTEMD_RUN),
    ("crun, systemd", "crun", "yes", "yes", True, lambda: oci("crun", "--systemd-cgroup")),
    ("crun, cgroupfs", "crun", "yes", "yes", False, lambda: oci("crun")),
    ("runc, systemd", "runc", "yes", "yes", True, lambda: oci("runc", "--systemd-cgroup")),
    ("runc, cgroupfs", "runc", "yes", "yes", False, lambda: oci("runc")),
    ("podman", "podman", "yes", "yes", False, lambda: lambda run: PODMAN),
]

commands = {}
rows = []
for name, program, isolation, limits, needs_systemd, make in TOOLS:
    if program and not shutil.which(program):
        rows.append((name, f"skipped: {program} is not installed"))
        continue
    if needs_systemd and not has_systemd:
        rows.append((name, "skipped: no systemd here"))
        continue
    command = make()
    trial = subprocess.run(command(f"trial-{os.getpid()}"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True, check=False)
    if trial.returncode == 0:
        commands[name] = command
        rows.append((name, isolation, limits))
    elif program:
        rows.append((name, f"skipped: {trial.stderr.strip()}"))
    else:
        sys.exit(f"bench: {trial.stderr.strip()}")

times = timing.in_turns(commands, int(os.environ["RUNS"]))
ours = statistics.median(times["sdcont"])
print(f"{'TOOL':<22}{'ISOLATION':<11}{'LIMITS':<8}{'MEDIAN':>9}{'FASTEST':>10}{'SDCONT IS':>12}")
for name, *columns in rows:
    if name not in times:
        print(f"{name:<22}{columns[0]}")
        continue
    median = statistics.median(times[name])
    print(f"{name:<22}{columns[0]:<11}{columns[1]:<8}{median:>6.1f} ms{min(times[name]):>7.1f} ms"
          f"{ours / median:>10.2f} x")
