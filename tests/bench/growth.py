#!/usr/bin/env python3
"""growth.py DIR: what a supervisor keeps, and what a launch costs beside many others and over a large root."""
import os
import shutil
import subprocess
import sys
import time

import timing

root = f"{sys.argv[1]}/root"
runs = int(os.environ["RUNS"])
SDCONT = os.environ["SDCONT"]
MANY = (1, 100, 500)
FILES = 20000


def start():
    """A container that runs until it is removed: its client and its id, once it runs."""
    cidfile = f"{root}.cid-{time.monotonic_ns()}"
    client = subprocess.Popen(timing.sdcont("--cidfile", cidfile, root, "sleep", "1000"), stdin=subprocess.DEVNULL)
    while not os.path.exists(cidfile) or not os.path.getsize(cidfile):
        if client.poll() is not None:
            sys.exit("bench: a container did not start")
        time.sleep(0.002)
    with open(cidfile, encoding="ascii") as file:
        return client, file.read()


def supervisor_of(client):
    with open(f"/proc/{client.pid}/task/{client.pid}/children", encoding="ascii") as file:
        return int(file.read())


def remove(started):
    for begin in range(0, len(started), 50):
        subprocess.run([SDCONT, "rm", "-f", *(container for _, container in started[begin:begin + 50])],
                       stdout=subprocess.DEVNULL, check=True)
    for client, _ in started:
        client.wait()


def measure_memory():
    """Beside a second container: what the program's file has in memory is then everybody's, and counts for none."""
    first, second = start(), start()
    client = first[0]
    time.sleep(0.2)
    supervisor = supervisor_of(client)
    attached = timing.private_kib(supervisor)
    client.kill()
    client.wait()
    time.sleep(0.2)
    print(f"private memory of a supervisor: {attached} KiB; after its client was killed: {timing.private_kib(supervisor)} KiB")
    remove([first, second])


def measure_many():
    """Beside what systemd alone takes for a scope then, where there is one."""
    commands = {"a launch": timing.sdcont(root, "/bin/true")}
    if timing.has_systemd:
        commands["systemd-run --scope"] = timing.systemd_run("/bin/true")
    started, base = [], None
    for count in MANY:
        while len(started) < count:
            started.append(start())
        median = timing.medians(commands, runs)
        base = base or median
        for name in commands:
            print(f"{name} with {count} running: {median[name]:.1f} ms, {median[name] / base[name]:.2f} x")
    remove(started)


def measure_large_root():
    large = f"{root}-large"
    shutil.copytree(root, large, symlinks=True, copy_function=os.link)
    for number in range(FILES):
        os.makedirs(f"{large}/usr/share/{number % 100}", exist_ok=True)
        with open(f"{large}/usr/share/{number % 100}/{number}", "w", encoding="ascii"):
            pass
    small_and_large = {where: timing.sdcont(where, "/bin/true") for where in (root, large)}
    median = timing.medians(small_and_large, runs)
    print(f"a launch over a root of {FILES} more files: {median[large]:.1f} ms, {median[large] / median[root]:.2f} x")


measure_memory()
measure_large_root()
measure_many()
