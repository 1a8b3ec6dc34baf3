#!/usr/bin/env python3
"""ps.py DIR: what lists of many running containers cost, beside those of none, and podman's own of none."""
import os
import shutil
import subprocess
import sys

import timing

root = f"{sys.argv[1]}/root"
runs = int(os.environ["RUNS"])
SDCONT = os.environ["SDCONT"]
COUNT = 500
LISTS = {"ps": ["ps"], "ps -q": ["ps", "-q"], "ps --format json": ["ps", "--format", "json"]}
SECONDS = 10


def measure(count):
    print(f"{f'LISTS OF {count}':<41}{'MEDIAN':>9}")
    for name, median in timing.medians({name: [SDCONT, *words] for name, words in LISTS.items()}, runs).items():
        print(f"sdcont {name:<34}{median:>6.1f} ms")


def cpu_seconds(who):
    usage = who()
    return usage.children_user + usage.children_system


def measure_stats():
    """Of one CPU, at a refresh a second."""
    before = cpu_seconds(os.times)
    subprocess.run(["timeout", str(SECONDS), SDCONT, "stats", "--format", "{{.Name}}"], stdout=subprocess.DEVNULL,
                   check=False)
    print(f"sdcont stats of {COUNT}: {(cpu_seconds(os.times) - before) / SECONDS * 100:.1f} % of a CPU")


measure(0)
if shutil.which("podman"):
    print(f"podman ps{'':<32}{timing.medians({'podman': [*timing.podman(sys.argv[1]), 'ps']}, runs)['podman']:>6.1f} ms")
names = [f"bench-ps-{os.getpid()}-{number}" for number in range(COUNT)]
try:
    for name in names:
        subprocess.run([SDCONT, "run", "-d", "--quiet", "--name", name, "--log-driver", "none", "--memory", "16M", root,
                        "sleep", "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    measure(COUNT)
    measure_stats()
finally:
    for begin in range(0, COUNT, 50):
        subprocess.run([SDCONT, "rm", "-f", *names[begin:begin + 50]], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
