"""readme_words.py SDCONT README.md: runs the lines of the README's tables of other tools' words and ours, in order,
in a directory whose ./root is the small root that the stored image mybox is of, too. Ours must succeed; so must the other
tool's where it is here and works, and what a container's own command prints must be the same.
DOCKER is a shell word for who is to be docker and podman (none: they are not asked)."""
import os, re, shlex, subprocess, sys, pty

sdcont, readme = sys.argv[1:]
systemd = os.path.isdir("/run/systemd/system")
docker = os.environ.get("DOCKER", "")
THEIRS = {"docker": docker, "podman": docker, "systemd-run": "systemd-run" if systemd else "", "systemctl": "systemctl" if systemd else "",
          "systemd-nspawn": "systemd-nspawn" if systemd and os.path.exists("/usr/bin/systemd-nspawn") else "",
          "journalctl": "journalctl" if os.path.exists("/run/systemd/journal/socket") else "",
          "bwrap": "bwrap" if os.path.exists("/usr/bin/bwrap") else ""}
PRINTS_ITS_OWN = re.compile(r"\w[\w-]* (run --rm|exec|.*--scope|.*--wait|-q -D|-q -x|--r?o?-?bind) ")


def on_terminal(command):
    """What is printed on a terminal, and the status."""
    printed = []
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp("bash", ["bash", "-c", command])
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        printed.append(data.decode())
    return "".join(printed).replace("\r", ""), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run(command, name, program):
    command = command.replace(name, program, 1)
    if " -it " in command:
        return on_terminal(command)
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, (command, result)
    return result.stdout, result.returncode


rows = re.findall(r"^\| `(.*?)` \| `(.*?)` \|$", open(readme).read(), re.M)
compared = 0
for theirs, ours in rows:
    printed, status = run(ours, "sdcont", shlex.quote(sdcont))
    assert status == 0, (ours, printed)
    name = theirs.split()[0]
    if not THEIRS[name]:
        continue
    others, status = run(theirs, name, THEIRS[name])
    assert status == 0, (theirs, others)
    if PRINTS_ITS_OWN.match(theirs):
        assert others == printed, (theirs, others, printed)
        compared += 1
assert len(rows) >= 30, len(rows)
print(f"all well: {len(rows)} lines, {compared} compared")
