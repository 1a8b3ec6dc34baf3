"""What soak.py leaves: nothing."""
import glob, os, subprocess, time

from soak_commands import PATIENCE, SCRIPTS
from soak_processes import comm_of, descriptors, namespace_of, program_of


def more_descriptors(client, names):
    """Supervisors that have more of them than one that is new."""
    fresh = "soak-fresh"
    client.sdcont("run", "-d", "--name", fresh, "--memory", "64M", client.rootfs, "sh", "-c", SCRIPTS["idle"])
    time.sleep(0.5)  # who were attached are forgotten
    most = descriptors(client.record(fresh)["supervisor"]["pid"])
    wrong = []
    for name in names:
        record = client.record(name)
        open_now = descriptors(record["supervisor"]["pid"]) if record and record.get("status") == "running" else set()
        if len(open_now) > len(most):
            wrong.append(f"the supervisor of {name} has {open_now}, a new one {most}")
    client.sdcont("rm", "-f", fresh)
    return wrong


def clear(client):
    """Removes all of soak.py's containers; what went wrong with that."""
    wrong = []
    names = subprocess.run([*client.program, "ps", "-a", "--format", "{{.Names}}"], capture_output=True, text=True,
                           check=False, timeout=PATIENCE).stdout.split()
    for name in names:
        if not name.startswith("soak"):
            continue
        done = subprocess.run([*client.program, "rm", "-f", name], capture_output=True, text=True, check=False, timeout=PATIENCE)
        if done.returncode != 0 and "there is no container" not in done.stderr:
            wrong.append(f"rm -f {name} in the end: {done.stderr}")
    return wrong


def left(client):
    """What is there of sdcont's, by kind."""
    units = subprocess.run(["systemctl", "list-units", "--all", "--plain", "--no-legend", "--no-pager", "sdcont-*.scope"],
                           capture_output=True, text=True, check=False).stdout if os.path.isdir("/run/systemd/system") else ""
    groups = subprocess.run(["find", "/sys/fs/cgroup", "-type", "d", "-name", "*sdcont*", "!", "-name", "sdcont.slice",
                             "!", "-path", "*/box[-.]*"], capture_output=True, text=True, check=False).stdout
    mine = str(os.stat("/proc/self/ns/pid").st_ino)
    ours = os.path.dirname(os.path.realpath(client.program[0])) + "/"
    processes = [pid for pid in os.listdir("/proc") if pid.isdigit() and comm_of(pid).startswith("sdcont") and
                 namespace_of(pid) == mine and program_of(pid).startswith((ours, "/memfd:"))]
    parts = ("containers", "names", "launching", "standstill", "units", "images/blobs")
    files = [path for top in (client.root, client.run_dir) for part in parts
             for path in glob.glob(f"{top}/{part}/**", recursive=True) if not os.path.isdir(path) or part == "containers"]
    files = [path for path in files if path.rstrip("/") not in (client.root + "/containers", client.run_dir + "/containers")]
    return {"units": set(units.splitlines()), "cgroups": set(groups.splitlines()), "files": set(files),
            "mounts": {line for line in open("/proc/self/mountinfo", encoding="utf-8")
                       if "sdcont" in line or client.root in line or client.run_dir in line or client.rootfs in line},
            "processes": set(processes), "descriptors": {str(len(os.listdir("/proc/self/fd")))}}


def more(client, before):
    """What is left of each kind that was not there before."""
    for _ in range(100):
        after = left(client)
        if all(after[kind] <= before[kind] for kind in before):
            return []
        time.sleep(0.1)
    return [f"left of the {kind}: {thing}" for kind, things in after.items() for thing in sorted(things - before[kind])]
