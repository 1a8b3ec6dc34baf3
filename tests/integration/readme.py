"""readme.py SDCONT README.md: runs the commands of the console blocks, in order. A shown line (after "! ": of standard
error) must be printed, give or take what differs from run to run: numbers, ids, names, and what stands after the first
words. What only some machines print is in ELSEWHERE."""
import os, re, subprocess, sys

sdcont, readme = sys.argv[1:]
unified = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
systemd = os.path.isdir("/run/systemd/system")
ELSEWHERE = {"Throttled", "Pressure", "Tasks", "IO"}  # counters that not every kernel has


def start_of(line):
    """The words that are the same in every run: the first two, with numbers masked."""
    line = re.sub(r"\b[0-9a-f]{12}([0-9a-f]{52})?\b", "ID", line)
    line = re.sub(r"\d+(\.\d+)?", "N", line)
    words = line.split()
    if words[0] == "Container":
        words = words[:1]
    return " ".join(words[:2])


def run(command):
    command = command.replace("sudo ", "").replace("sdcont", sdcont, 1)
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)


text = open(readme).read()
examples = 0
for block in re.findall(r"```console\n(.*?)```", text, re.S):
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        result = run(command)
        examples += 1
        printed = {True: {start_of(l) for l in result.stderr.splitlines() if l.split()},
                   False: {start_of(l) for l in result.stdout.splitlines() if l.split()}}
        if "--cpu-rt-runtime" in command and not systemd and not unified:
            continue  # there it can be had, or the kernel says otherwise
        for line in shown:
            error = line.startswith("! ")
            line = line[2:] if error else line
            if not line.split():
                continue
            if line.split()[0] in ELSEWHERE:
                continue
            if "out-of-memory" in line:
                assert "killed by the out-of-memory killer: memory.max 100M of this container reached" in result.stderr, result
            assert start_of(line) in printed[error], (command, line, result)
assert examples >= 10, examples
print("all well")
