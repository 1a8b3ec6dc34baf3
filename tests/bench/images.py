#!/usr/bin/env python3
"""images.py DIR ARCHIVE: how long it takes to load a real image (ARCHIVE: an OCI archive), and what `run` by an image's
name costs beside `run` of a directory, with 1 image in the store and with 500."""
import os
import shutil
import statistics
import subprocess
import sys
import time

import timing

scratch, archive = sys.argv[1:]
SDCONT = os.environ["SDCONT"]
ROUNDS = 3
MANY = 500


def timed(command):
    """Seconds, and the most memory in MiB, of a command."""
    os.sync()
    start = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ,
                          file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"bench: {' '.join(command)}: status {status}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def fresh(name):
    shutil.rmtree(f"{scratch}/{name}", ignore_errors=True)
    return f"{scratch}/{name}"


def sdcont(store, *words):
    return [SDCONT, "--root", f"{scratch}/{store}", "--runtime-dir", f"{scratch}/{store}.run", *words]


def loads():
    layout = f"{os.path.dirname(archive)}/oci"
    tools = {"sdcont": lambda: sdcont(os.path.basename(fresh("store")), "load", "-q", "-i", archive)}
    if shutil.which("umoci"):
        tools["umoci unpack"] = lambda: ["umoci", "unpack", "--image", f"{layout}:debian", fresh("bundle")]
    if shutil.which("podman"):
        tools["podman load"] = lambda: ["podman", "--root", fresh("podman"), "--runroot", f"{scratch}/podman.run", "load", "-q", "-i", archive]
    results = {name: [] for name in tools}
    for _ in range(ROUNDS):
        for name, command in tools.items():
            results[name].append(timed(command()))
    print(f"\n== load of a Debian image in three layers, {os.path.getsize(archive) >> 20} MiB compressed; median of {ROUNDS}")
    ours = statistics.median(seconds for seconds, _ in results["sdcont"])
    for name, values in results.items():
        seconds = statistics.median(value for value, _ in values)
        print(f"{name:<22}{seconds:8.2f} s  sdcont takes {ours / seconds:.2f} of it, {max(m for _, m in values):4.0f} MiB of memory")
    for name in ("bundle", "podman", "podman.run"):
        fresh(name)


def by_name():
    store = "names"
    subprocess.run(sdcont(store, "import", "-q", f"{scratch}/root", "image0"), check=True, stdout=subprocess.DEVNULL)
    options = ["run", "--rm", "--memory=128M", "--pids-limit=64"]
    commands = {"directory": sdcont(store, *options, f"{scratch}/root", "/bin/true"),
                "name": sdcont(store, *options, "image0", "/bin/true")}
    few = timing.medians(commands, int(os.environ["RUNS"]))
    for i in range(1, MANY):
        subprocess.run(sdcont(store, "import", "-q", "-c", f"LABEL number={i}", f"{scratch}/small", f"image{i}"), check=True, stdout=subprocess.DEVNULL)
    many = timing.medians(commands, int(os.environ["RUNS"]))
    print("\n== run of an image by its name, beside run of a directory")
    for count, times in (1, few), (MANY, many):
        print(f"{count:4} images in the store: {times['name']:.2f} ms by name, {times['directory']:.2f} ms by path: {times['name'] / times['directory']:.2f}")


os.mkdir(f"{scratch}/small")
loads()
by_name()
