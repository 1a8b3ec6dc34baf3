#!/usr/bin/env python3
"""exec.py DIR: a command in a container that runs, beside crun's exec and nsenter, which only joins namespaces."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

import timing

scratch = sys.argv[1]
root = f"{scratch}/root"
runs = int(os.environ["RUNS"])
SDCONT = os.environ["SDCONT"]
NAME = f"bench-exec-{os.getpid()}"


def wait_for(condition):
    """Whether it came true in five seconds."""
    for _ in range(500):
        if condition():
            return True
        time.sleep(0.01)
    return False


def succeeds(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def background(*command):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_crun():
    """crun's words before "run" and "exec", of a container that runs; None where crun does not work here."""
    if not shutil.which("crun"):
        return None
    bundle = f"{scratch}/crun-exec"
    timing.make_bundle("crun", bundle, root, ["/bin/sleep", "1000"])
    crun = ["crun", *(["--systemd-cgroup"] if timing.has_systemd else [])]
    background(*crun, "run", "--bundle", bundle, NAME)
    return crun if wait_for(lambda: succeeds(*crun, "exec", NAME, "/bin/true")) else None


cidfile = f"{scratch}/exec.cid"
client = background(*timing.sdcont("--name", NAME, "--cidfile", cidfile, root, "sleep", "1000"))
if not wait_for(lambda: succeeds(SDCONT, "exec", NAME, "true")):
    sys.exit("bench: sdcont exec does not work")
with open(cidfile, encoding="ascii") as file:
    record = f"/run/sdcont/containers/{file.read()}/record.json"
with open(record, encoding="ascii") as file:
    init = json.load(file)["init"]["pid"]
crun = start_crun()
commands = {"sdcont exec": [SDCONT, "exec", NAME, "/bin/true"], "nsenter": ["nsenter", "-a", "-t", str(init), "/bin/true"]}
if crun:
    commands["crun exec"] = [*crun, "exec", NAME, "/bin/true"]
times = timing.in_blocks(commands, runs)
print(f"{'IN A CONTAINER':<41}{'MEDIAN':>9}{'FASTEST':>10}{'SDCONT IS':>12}")
base = statistics.median(times["sdcont exec"])
for name, values in times.items():
    median = statistics.median(values)
    print(f"{name:<41}{median:>6.1f} ms{min(values):>7.1f} ms{base / median:>10.2f} x")
if not crun:
    print("crun exec: skipped, crun does not run a container here")
else:
    subprocess.run([*crun, "delete", "--force", NAME], stderr=subprocess.DEVNULL, check=False)
subprocess.run([SDCONT, "rm", "-f", NAME], stdout=subprocess.DEVNULL, check=True)
client.wait()
