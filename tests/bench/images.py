#!/usr/bin/env python3
"""images.py DIR ARCHIVE: how long it takes to load a real image (ARCHIVE: an OCI archive), and what `run` by an image's
name costs beside `run` of a directory, with 1 image in the store and with 500.

The loads are on a file system of their own, in a file in DIR, and nothing is removed between the rounds: where files
were removed within the last minutes ext4 looks long for inodes to give to new ones (recently_deleted(),
fs/ext4/ialloc.c), which would cost more than all the rest. So the runs, which remove what they made, are on a tmpfs.
"""
import os
import shutil
import statistics
import subprocess
import sys
import time

import timing

if len(sys.argv) == 3:  # the mount is ours alone
    os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv, "mounted"])
directory, archive, _ = sys.argv[1:]
scratch = f"{directory}/disk"
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


def make_file_system():
    with open(f"{directory}/disk.ext4", "wb") as file:
        file.truncate(16 << 30)
    os.mkdir(scratch)
    subprocess.run(["mkfs.ext4", "-q", f"{directory}/disk.ext4"], check=True)
    subprocess.run(["mount", "-o", "loop", f"{directory}/disk.ext4", scratch], check=True)
    os.mkdir(f"{scratch}/memory")
    subprocess.run(["mount", "-t", "tmpfs", "none", f"{scratch}/memory"], check=True)
    subprocess.run(["cp", "-a", f"{directory}/root", f"{scratch}/memory"], check=True)


def sdcont(store, *words):
    return [SDCONT, "--root", f"{scratch}/{store}", "--runtime-dir", f"{scratch}/{store}.run", *words]


def loads():
    layout = f"{os.path.dirname(archive)}/oci"
    tools = {"sdcont": lambda place: sdcont(place, "load", "-q", "-i", archive),
             "umoci unpack": lambda place: ["umoci", "unpack", "--image", f"{layout}:debian", f"{scratch}/{place}/bundle"],
             "podman load": lambda place: ["podman", "--root", f"{scratch}/{place}/root", "--runroot",
                                           f"{scratch}/{place}/run", "load", "-q", "-i", archive]}
    tools = {name: make for name, make in tools.items() if name == "sdcont" or shutil.which(name.split()[0])}
    results = {name: [] for name in tools}
    for i in range(ROUNDS):
        for name, make in tools.items():
            place = f"{name.split()[0]}{i}"
            os.mkdir(f"{scratch}/{place}")
            results[name].append(timed(make(place)))
    print(f"\n== load of a Debian image in three layers, {os.path.getsize(archive) >> 20} MiB compressed; median of {ROUNDS}")
    ours = statistics.median(seconds for seconds, _ in results["sdcont"])
    for name, values in results.items():
        seconds = statistics.median(value for value, _ in values)
        print(f"{name:<22}{seconds:8.2f} s  sdcont takes {ours / seconds:.2f} of it, {max(m for _, m in values):4.0f} MiB of memory")


def by_name():
    store = "memory/names"
    subprocess.run(sdcont(store, "import", "-q", f"{scratch}/memory/root", "image0"), check=True, stdout=subprocess.DEVNULL)
    options = ["run", "--rm", "--memory=128M", "--pids-limit=64"]
    commands = {"directory": sdcont(store, *options, f"{scratch}/memory/root", "/bin/true"),
                "name": sdcont(store, *options, "image0", "/bin/true")}
    few = timing.in_turns(commands, int(os.environ["RUNS"]))
    for i in range(1, MANY):
        subprocess.run(sdcont(store, "import", "-q", "-c", f"LABEL number={i}", f"{scratch}/memory/small", f"image{i}"), check=True, stdout=subprocess.DEVNULL)
    many = timing.in_turns(commands, int(os.environ["RUNS"]))
    print("\n== run of an image by its name, beside run of a directory")
    for count, times in (1, few), (MANY, many):
        print(f"{count:4} images in the store: {times['name']:.2f} ms by name, {times['directory']:.2f} ms by path: {times['name'] / times['directory']:.2f}")


make_file_system()
os.mkdir(f"{scratch}/memory/small")
loads()
by_name()
