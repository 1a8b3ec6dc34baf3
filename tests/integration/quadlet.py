#!/usr/bin/python3
"""quadlet.py OURS THEIRS: compares what two generators print with --dryrun: the same services, and in each the same
sections but for what each says of itself, the same options (in any order, however written) and the same command."""
import re, shlex, sys

# each generator's own, or the other's spelling of a default
IGNORED = {"--replace", "--rm", "-d", "--cidfile", "--cgroups", "--log-driver"}
SERVICE = {"ExecStart", "ExecStop", "ExecStopPost", "Environment", "NotifyAccess", "SuccessExitStatus", "SyslogIdentifier"}
UNIT = {"SourcePath", "RequiresMountsFor", "Wants", "After"}


def read(path):
    services, name = {}, None
    for line in open(path):
        line = line.rstrip("\n")
        match = re.fullmatch(r"---(.*)---", line)
        if match:
            name = match[1]
            services[name], section = {}, None
        elif name and line.startswith("["):
            section = services[name].setdefault(line[1:-1], [])
        elif name and "=" in line and not line.startswith("#") and section is not None:
            section.append(tuple(part.strip() for part in line.split("=", 1)))
    return services


def options(section):
    """The options of ExecStart as a sorted list of NAME=VALUE, then IMAGE and command."""
    start = next(value for key, value in section if key == "ExecStart")
    words = shlex.split(start)
    words = words[words.index("run") + 1:]
    found, i = [], 0
    while i < len(words) and words[i].startswith("-"):
        word = words[i]
        valued = word.split("=")[0] in {"--name", "--env", "--label", "--volume", "-v", "--cap-add", "--cap-drop", "--user", "--shm-size",
                        "--stop-timeout", "--tmpfs", "--ulimit", "--sysctl", "--hostname", "--pids-limit", "--workdir", "--sdnotify"}
        if valued and "=" not in word:
            i += 1
            word += "=" + words[i]
        i += 1
        word = word.replace("-v=", "--volume=", 1) if word.startswith("-v=") else word
        if word.startswith("--cap"):
            word = word.lower()
        if word.split("=")[0] not in IGNORED and not word.startswith(("--tmpfs=/run", "--tmpfs=/tmp", "--tmpfs=/var/tmp", "--read-only-tmpfs")):
            found.append(word)
    return sorted(found), words[i:]


ours, theirs = read(sys.argv[1]), read(sys.argv[2])
assert ours and set(ours) == set(theirs), (set(ours), set(theirs))
for name in ours:
    mine, other = options(ours[name]["Service"]), options(theirs[name]["Service"])
    assert mine == other, (name, mine, other)
    for section, left_out in (("Unit", UNIT), ("Service", SERVICE), ("Install", set())):
        keep = lambda lines: sorted(line for line in lines if line[0] not in left_out)
        assert keep(ours[name].get(section, [])) == keep(theirs[name].get(section, [])), (name, section, ours[name].get(section), theirs[name].get(section))
    # podman before 5.5 leaves names of other files as they are
    after = lambda lines: {word.replace(".container", ".service") for key, value in lines if key == "After" for word in value.split()}
    assert after(theirs[name].get("Unit", [])) <= after(ours[name]["Unit"]) | {"podman.service"}, name
print(f"{len(ours)} services are the same")
