"""soak.py's commands, each with what it may answer by itself: what it says is known, and nothing hangs. Some are killed."""
import contextlib, json, os, re, signal, subprocess

from soak_processes import children_of, has_ended, stat_of

SCRIPTS = {"idle": 'trap "exit 7" TERM; echo up; sleep 100000 & wait', "brief": "echo up; sleep 0.3; exit 5",
           "again": "echo up; sleep 0.2; exit 3"}
OPTIONS = {"again": ["--restart", "always"], "idle-rm": ["--rm"], "brief-rm": ["--rm"]}

# What may be said on standard error, and what it is called.
COMPLAINTS = [(name, re.compile(f"sdcont: .*({text})")) for name, text in (
    ("nosuch", r"there is no container|is gone$|is gone, and nobody saw|has just been removed"),
    ("inuse", "is in use by container"),
    ("transient", "is just being started|has just been started again"),
    ("notrunning", "is not running|has just ended"),
    ("samename", "has this name already"),
    ("alreadypaused", "is already paused"),
    ("notpaused", "is not paused"),
    ("paused", "is paused"),
    ("running", "is running"),
    ("kept", r"is removed when it ends \(--rm\)"),
    ("cut", "was killed(;|$)|the process that (was to join|waits)|supervisor of container .* was killed"),
    ("orphan", "its supervisor was killed"),
)]
PATIENCE = 120


class Wrong(Exception):
    """What cannot be."""


class Client:
    """sdcont's commands on one store."""

    def __init__(self, options):
        self.rootfs, self.killed = options.rootfs, options.killed
        self.program = [options.sdcont]
        self.root, self.run_dir = "/var/lib/sdcont", "/run/sdcont"
        if options.store:
            self.root, self.run_dir = options.store + "/root", options.store + "/run"
            self.program += ["--root", self.root, "--runtime-dir", self.run_dir]

    def sdcont(self, *words, patience=PATIENCE, kill_after=None, children=False):
        """Status (None: it was killed), output, and what its complaints are called."""
        process = subprocess.Popen([*self.program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            out, err = process.communicate(timeout=patience if kill_after is None else kill_after)
        except subprocess.TimeoutExpired:
            where = self.where(process.pid)
            forked = children_of(process.pid) if children else []
            process.kill()
            for child in forked:
                with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                    signal.pidfd_send_signal(child, signal.SIGKILL)
                os.close(child)
            process.wait()
            # not to its end: what it has forked may hold that, and stand still with its container
            process.stdout.close()
            process.stderr.close()
            if kill_after is None and patience == PATIENCE:
                raise Wrong(f"sdcont {' '.join(words)} hangs: {where}") from None
            return None, "", []
        complaints = [self.named_complaint(words, line) for line in err.splitlines()]
        if process.returncode < 0:
            raise Wrong(f"sdcont {' '.join(words)} was killed by signal {-process.returncode}: {err}")
        return process.returncode, out, complaints

    @staticmethod
    def where(pid):
        try:
            return open(f"/proc/{pid}/wchan").read() + " " + open(f"/proc/{pid}/stack").read()
        except OSError as error:
            return str(error)

    @staticmethod
    def named_complaint(words, line):
        for name, pattern in COMPLAINTS:
            if pattern.match(line):
                return name
        raise Wrong(f"sdcont {' '.join(words)} said: {line}")

    def settle(self, op, status, complaints, failures=(1, 125)):
        """The answer of a command that says nothing but how it went."""
        if status is None:
            op.killed = True
        elif status == 0:
            op.answer = "ok"
        elif status in failures and len(complaints) == 1:
            op.answer = complaints[0]
        else:
            raise Wrong(f"{op} ended with {status}, and {complaints}")

    def perform(self, op, chance):
        """Does it, and notes the answer."""
        kill = {}
        if chance.random() < self.killed:
            kill = {"kill_after": chance.choice([0.01, 0.05, 0.3]) * chance.random(), "children": chance.random() < 0.5}
        op.children = kill.get("children", False)
        verb, name = op.verb, op.name
        plain = {"start": ["start", name], "stop": ["stop", "-t", "1", name], "restart": ["restart", "-t", "1", name],
                 "kill": ["kill", name], "pause": ["pause", name], "unpause": ["unpause", name], "why": ["why", name],
                 "logs": ["logs", name], "top": ["top", name], "stats": ["stats", "--no-stream", name],
                 "rename": ["rename", name, op.words.get("to")],
                 "update": ["update", "--memory", chance.choice(["64M", "80M", "96M"]), name],
                 "rm": ["rm", "-f", name] if op.words.get("force") else ["rm", name]}
        if verb in plain:
            status, _, complaints = self.sdcont(*plain[verb], **kill)
            self.settle(op, status, complaints)
        elif verb in ("run", "create"):
            kind = op.words["kind"]
            words = [verb, "-d"] if verb == "run" else [verb]
            status, out, complaints = self.sdcont(
                *words, "--name", name, "--label", f"number={op.number}", "--label", f"kind={kind}", "--memory", "64M",
                *OPTIONS.get(kind, []), self.rootfs, "sh", "-c", SCRIPTS[kind.removesuffix("-rm")], **kill)
            self.settle(op, status, complaints, failures=(125,))
            if op.answer == "ok" and not re.fullmatch("[0-9a-f]{64}\n", out):
                raise Wrong(f"{op} printed {out!r}")
        elif verb == "exec":
            self.execute(op, kill)
        elif verb == "attach":
            status, _, complaints = self.linger("attach", op, chance)
            if status is not None:
                op.answer = complaints[0] if complaints else "cut"
        elif verb == "wait":
            status, out, complaints = self.linger("wait", op, chance)
            if status is not None:
                self.settle(op, status, complaints)
                op.detail = int(out) if op.answer == "ok" else None
        elif verb == "inspect":
            status, out, complaints = self.sdcont("inspect", "--type", "container", "--format", "{{.State.Status}}", name)
            self.settle(op, status, complaints)
            op.detail = out.strip() if op.answer == "ok" else None
        elif verb in ("murder", "orphan"):
            op.answer = self.murder(name, "init" if verb == "murder" else "supervisor")

    def linger(self, command, op, chance):
        """A command that may go on for as long as the container, and is ended by us. A busy machine may not have come to
        an answer in the shorter time ("left"); in the longer one it has, where there is one ("timeout")."""
        is_long = chance.random() < 0.1
        result = self.sdcont(command, op.name, patience=5 if is_long else chance.uniform(0.1, 0.6))
        if result[0] is None:
            op.answer = "timeout" if is_long else "left"
        return result

    def execute(self, op, kill):
        detached = op.words["detached"]
        words = ["-d", op.name, "sleep", "100000"] if detached else [op.name, "sh", "-c", "echo hi; exit 4"]
        status, out, complaints = self.sdcont("exec", *words, **kill)
        if status is None:
            op.killed = True
        elif status == (0 if detached else 4):
            op.answer = "ok"
            if out != ("" if detached else "hi\n"):
                raise Wrong(f"{op} printed {out!r}")
        elif status == 137 and not complaints:
            op.answer = "cut"
        else:
            self.settle(op, status, complaints)

    def record(self, name):
        try:
            container = os.readlink(f"{self.root}/names/{name}")
            with open(f"{self.run_dir}/containers/{container}/record.json", encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return None

    def murder(self, name, who):
        """SIGKILL to a process of the container's record."""
        record = self.record(name)
        try:
            pid, start = record[who]["pid"], record[who]["startTime"]
            process = os.pidfd_open(pid)
        except (TypeError, KeyError, OSError):
            return "nothing"
        try:
            launching = os.path.lexists(f"{self.run_dir}/launching/{record['id']}")
            if launching or record.get("status") != "running" or start != int(stat_of(pid)[19]) or stat_of(pid)[0] == "Z":
                return "nothing"
            signal.pidfd_send_signal(process, signal.SIGKILL)
            if who == "init" and has_ended(process, PATIENCE) is False:
                raise Wrong(f"{name}'s process {pid} does not die of SIGKILL")
        except (OSError, IndexError):
            return "nothing"
        finally:
            os.close(process)
        return "ok"

    def list_all(self, ops):
        """ps -a: a row, or none, for each name."""
        status, out, _ = self.sdcont("ps", "-a", "--format", "{{.Names}} {{.State}} {{.Status}}")
        if status != 0:
            raise Wrong(f"ps -a ended with {status}")
        rows = {}
        for line in out.splitlines():
            name, state, _ = line.split(" ", 2)
            rows.setdefault(name, state)
        for op in ops:
            op.answer = rows.get(op.name, "absent")

    def id_of(self, name):
        try:
            return os.readlink(f"{self.root}/names/{name}")
        except OSError:
            return None
