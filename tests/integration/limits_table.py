#!/usr/bin/python3
"""limits_table.py SDCONT ROOT DISK: every limit that `sdcont info` knows, asked for once on this back end.

Each either holds in the kernel's file (and in systemd's property), or is refused with status 125 in one line that names
the flag, the reason and what to do; with --limits=best-effort the refusal is a warning, and the container runs.
"""
import glob
import json
import os
import subprocess
import sys
import time

SDCONT, ROOT, DISK = sys.argv[1:]
NUMBER = open(f"/sys/class/block/{os.path.basename(DISK)}/dev").read().strip()
UNIFIED = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
# on v2 the first container switches the controllers on: before it, which files they have here is not to be seen
subprocess.run([SDCONT, "run", "--rm", ROOT, "true"], check=True, stdin=subprocess.DEVNULL)
INFO = json.loads(subprocess.check_output([SDCONT, "info", "--format", "json"]))
SYSTEMD = INFO["CgroupManager"] == "systemd"
M = 1 << 20
# what only the kernel can answer, by the disk's scheduler, its pages or the cgroups above, when it is asked to
UP_TO_THE_KERNEL = {"--cpu-rt-runtime", "--blkio-weight-device", "--io-latency", "--hugetlb"}

# flag: words, (v2 file, its text), (v1 controller, file, its text), (property, its text); None: has none there
TABLE = {
    "--memory": (["64M"], ("memory.max", 64 * M), ("memory", "memory.limit_in_bytes", 64 * M), ("MemoryMax", 64 * M)),
    "--memory-reservation": (["32M"], ("memory.low", 32 * M), ("memory", "memory.soft_limit_in_bytes", 32 * M), None),
    "--memory-swappiness": (["10"], None, ("memory", "memory.swappiness", 10), None),
    "--memory-min": (["16M"], ("memory.min", 16 * M), None, ("MemoryMin", 16 * M)),
    "--memory-high": (["48M"], ("memory.high", 48 * M), None, ("MemoryHigh", 48 * M)),
    "--memory-swap": (["96M", "--memory", "64M"], ("memory.swap.max", 32 * M),
                      ("memory", "memory.memsw.limit_in_bytes", 96 * M), None),
    "--zswap-max": (["8M"], ("memory.zswap.max", 8 * M), None, None),
    "--zswap-writeback": (["no"], ("memory.zswap.writeback", 0), None, None),
    "--oom-kill-disable": (["--memory", "64M"], None, ("memory", "memory.oom_control", "oom_kill_disable 1"), None),
    "--oom-group": ([], ("memory.oom.group", 1), None, None),
    "--oom-policy": (["continue"], None, None, None),
    "--oomd-swap": (["kill"], None, None, ("ManagedOOMSwap", "kill")),
    "--oomd-pressure": (["kill"], None, None, ("ManagedOOMMemoryPressure", "kill")),
    "--cpu": (["20%"], ("cpu.max", "20000 100000"), ("cpu", "cpu.cfs_quota_us", 20000), ("CPUQuotaPerSecUSec", "200ms")),
    "--cpu-burst": (["5000", "--cpu", "20%"], ("cpu.max.burst", 5000), ("cpu", "cpu.cfs_burst_us", 5000), None),
    "--cpu-rt-runtime": (["1000"], None, ("cpu", "cpu.rt_runtime_us", 1000), None),
    "--cpu-shares": (["512"], ("cpu.weight", 59), ("cpu", "cpu.shares", 512), None),
    "--cpu-weight": (["300"], ("cpu.weight", 300), ("cpu", "cpu.shares", 3072), ("CPUWeight", 300)),
    "--cpu-idle": ([], ("cpu.idle", 1), ("cpu", "cpu.idle", 1), None),
    "--cpuset-cpus": (["0"], ("cpuset.cpus", 0), ("cpuset", "cpuset.cpus", 0), None),
    "--cpuset-mems": (["0"], ("cpuset.mems", 0), ("cpuset", "cpuset.mems", 0), None),
    "--cpuset-partition": (["member"], ("cpuset.cpus.partition", "member"), None, None),
    "--pids-limit": (["50"], ("pids.max", 50), ("pids", "pids.max", 50), ("TasksMax", 101)),
    "--blkio-weight": (["200"], None, None, None),
    "--io-weight": (["200"], None, None, None),
    "--blkio-weight-device": ([f"{DISK}:200"], None, None, None),
    "--io-latency": ([f"{DISK}:10ms"], None, None, None),
    "--device-read-bps": ([f"{DISK}:1M"], None, ("blkio", "blkio.throttle.read_bps_device", f"{NUMBER} {M}"), None),
    "--device-write-bps": ([f"{DISK}:1M"], None, ("blkio", "blkio.throttle.write_bps_device", f"{NUMBER} {M}"), None),
    "--device-read-iops": ([f"{DISK}:100"], None, ("blkio", "blkio.throttle.read_iops_device", f"{NUMBER} 100"), None),
    "--device-write-iops": ([f"{DISK}:100"], None, ("blkio", "blkio.throttle.write_iops_device", f"{NUMBER} 100"), None),
    "--ip-allow": (["10.0.0.0/8"], None, None, ("IPAddressAllow", "10.0.0.0/8")),
    "--ip-deny": (["any"], None, None, ("IPAddressDeny", "::/0 0.0.0.0/0")),
    "--hugetlb": (["2MB:64M"], ("hugetlb.2MB.max", 64 * M), ("hugetlb", "hugetlb.2MB.limit_in_bytes", 64 * M), None),
}
failures = []


def expect(flag, holds, what):
    if not holds:
        failures.append(f"{flag}: {what}")


def command(flag, words, *more):
    return [SDCONT, "run", "--rm", "--name", "limit" + flag, flag, *words, *more, ROOT]


def run(flag, words, *more):
    return subprocess.run(command(flag, words, *more) + ["true"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120)


def record_of(client):
    """The container's record, once it runs; None where it never does."""
    while client.poll() is None:
        for path in glob.glob("/run/sdcont/containers/*/record.json"):
            try:
                record = json.load(open(path))
            except (OSError, ValueError):
                continue
            if record["name"].startswith("limit--") and record["status"] == "running":
                return record
        time.sleep(0.02)
    return None


def held(flag, record, v2, v1, prop):
    where = record["cgroup"]["payload"]
    payload = {controller: mount + where["path"] for controller, mount in where["mounts"].items()}
    if UNIFIED and v2:
        text = open(f"{payload['']}/{v2[0]}").read()
        expect(flag, str(v2[1]) == text.strip(), f"{v2[0]} is {text!r}, not {v2[1]}")
    if not UNIFIED and v1:
        lines = open(f"{payload[v1[0]]}/{v1[1]}").read().splitlines()
        expect(flag, str(v1[2]) in lines, f"{v1[1]} is {lines}, not {v1[2]}")
    if UNIFIED and flag == "--blkio-weight-device":  # of the scope, where there is one
        weights = [line for top in (payload[""], os.path.dirname(payload[""])) for name in ("io.weight", "io.bfq.weight")
                   if os.path.exists(f"{top}/{name}") for line in open(f"{top}/{name}")]
        expect(flag, any(line.startswith(NUMBER + " ") for line in weights), f"no weight for {NUMBER}: {weights}")
    if SYSTEMD and prop:
        shown = subprocess.check_output(["systemctl", "show", "--value", "-p", prop[0], f"sdcont-limit{flag}.scope"], text=True)
        expect(flag, sorted(str(prop[1]).split()) == sorted(shown.split()), f"{prop[0]} is {shown!r}, not {prop[1]}")


def has_value(flag, words, v2, v1, prop):
    client = subprocess.Popen(command(flag, words, "-i") + ["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    record = record_of(client)
    if record:
        held(flag, record, v2, v1, prop)
    _, told = client.communicate(timeout=120)
    if record:
        expect(flag, client.returncode == 0, f"ended with {client.returncode}: {told}")
    return record is not None, told


def refused(flag, words):
    result = run(flag, words)
    lines = result.stdout.splitlines()
    expect(flag, result.returncode == 125 and len(lines) == 1, f"not refused in one line: {result}")
    expect(flag, bool(lines) and lines[0].startswith(f"sdcont: {flag} cannot be had here: "), f"the refusal names no flag: {lines}")
    expect(flag, bool(lines) and lines[0].endswith("--limits=best-effort runs without it"), f"nor a remedy: {lines}")
    print(*lines)
    result = run(flag, words, "--limits=best-effort")
    expect(flag, result.returncode == 0, f"best effort does not run: {result}")
    expect(flag, "sdcont: warning: " + flag in result.stdout, f"best effort warns of nothing: {result.stdout!r}")


known = {limit["limit"] for limit in INFO["Limits"]}
expect("the table", known == set(TABLE), f"differs from sdcont info: {sorted(known ^ set(TABLE))}")
for limit in INFO["Limits"]:
    flag = limit["limit"]
    if flag not in TABLE:
        continue
    words, v2, v1, prop = TABLE[flag]
    if limit["kind"] == "unavailable":
        refused(flag, words)
        continue
    ran, told = has_value(flag, words, v2, v1, prop)
    if not ran:
        expect(flag, flag in UP_TO_THE_KERNEL, f"does not run: {told!r}")
        refused(flag, words)
print(f"{len(TABLE)} limits, {len(failures)} failures")
print("\n".join(failures))
sys.exit(bool(failures))
