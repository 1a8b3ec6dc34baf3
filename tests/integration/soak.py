#!/usr/bin/env python3
"""soak.py --rootfs DIR [--seconds N] [--seed S] [--containers N] [--workers N] [--killed SHARE] [--sdcont PROGRAM]
[--store DIR] [--no-murders]

Random commands on some containers by several workers at once. Each answer must be one that some order of the commands
would give (soak_model.py), nothing may be a failure of ours, and in the end, once all is removed, no cgroup, unit, mount,
process, file or descriptor may be left. Names go in pairs, so that containers are renamed to names that are taken and free.
--killed: this share of the clients gets a SIGKILL at a random moment, every other one together with what it has forked (the
supervisor that it launches, the process that waits for a command). With two containers and twenty workers all commands are
for one pair of names; after some of them those that are under way are waited for, so that their order can be found.
Half an hour of it by hand, as root, on this machine, and as long as a row may take in the box:

    tests/lab/rootfs /tmp/root
    tests/integration/soak.py --rootfs /tmp/root --seconds 1800 --seed 1 --sdcont build/release/sdcont
    SDCONT_SOAK_SECONDS=1300 tests/integration/row box soak

--store: its records and runtime directory are there. --no-murders: nobody is killed but by sdcont itself."""
import argparse, contextlib, glob, itertools, json, os, random, re, signal, subprocess, sys, threading, time

from soak_model import KINDS, Checker, Operation, found

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
WEIGHTS = {"run": 12, "create": 4, "start": 7, "stop": 7, "restart": 4, "kill": 4, "pause": 6, "unpause": 8, "exec": 8,
           "exec -d": 3, "update": 4, "rename": 6, "logs": 4, "ps": 6, "inspect": 5, "stats": 2, "why": 3, "top": 3,
           "wait": 4, "rm": 6, "rm -f": 5, "attach": 3, "murder": 3, "orphan": 1}
PATIENCE = 120


class Wrong(Exception):
    """What cannot be."""


class Soak:
    def __init__(self, options):
        self.options = options
        self.program = [options.sdcont]
        self.root, self.run_dir = "/var/lib/sdcont", "/run/sdcont"
        if options.store:
            self.root, self.run_dir = options.store + "/root", options.store + "/run"
            self.program += ["--root", self.root, "--runtime-dir", self.run_dir]
        self.pairs = [(f"soak{i}a", f"soak{i}b") for i in range((options.containers + 1) // 2)]
        self.checkers = [Checker() for _ in self.pairs]
        self.lock = threading.Condition()
        self.busy = set()   # pairs that are looked at, or woken up
        self.number = 0
        self.wrong = []
        self.count = {}

    # ---- one command ----

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
        if chance.random() < self.options.killed:
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
                *OPTIONS.get(kind, []), self.options.rootfs, "sh", "-c", SCRIPTS[kind.removesuffix("-rm")], **kill)
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

    # ---- many ----

    def operation(self, verb, name, **words):
        self.number += 1
        return Operation(self.number, verb, name, **words)

    def choose(self, chance):
        verbs = [verb for verb in WEIGHTS if self.options.murders or verb not in ("murder", "orphan")]
        verb = chance.choices(verbs, [WEIGHTS[v] for v in verbs])[0]
        pair = chance.randrange(len(self.pairs))
        name, other = chance.sample(self.pairs[pair], 2)
        words = {}
        if verb in ("run", "create"):
            words["kind"] = chance.choices(list(KINDS), [6, 2, 1, 2, 1])[0]
        elif verb == "rename":
            words["to"] = other
        elif verb.startswith("rm"):
            words["force"] = verb == "rm -f"
        elif verb.startswith("exec"):
            words["detached"] = verb == "exec -d"
        return pair, verb.split()[0], name, words

    def one(self, chance):
        pair, verb, name, words = self.choose(chance)
        with self.lock:
            pairs = range(len(self.pairs)) if verb == "ps" else [pair]
            while stuck := [i for i in pairs if i in self.busy or self.checkers[i].is_full()]:
                if self.wrong:
                    return
                if not self.lock.wait(timeout=1) and stuck[0] not in self.busy:
                    # what is under way may wait for a container that stands still
                    pairs, pair, verb, name, words = [], stuck[0], "unpause", chance.choice(self.pairs[stuck[0]]), {}
                    self.busy.add(pair)
            if verb == "ps":
                ops = [(i, self.operation("ps", name)) for i, names in enumerate(self.pairs) for name in names]
            else:
                ops = [(pair, self.operation(verb, name, **words))]
            for i, op in ops:
                self.checkers[i].call(op)
        try:
            if verb == "ps":
                self.list_all([op for _, op in ops])
            else:
                self.perform(ops[0][1], chance)
        except Wrong as wrong:
            # its reason last, where who reads a long log looks
            raise Wrong(f"what came before:\n{self.checkers[pair].recent()}\n{wrong}") from None
        for i, op in ops:
            self.back(i, op)
        with self.lock:
            key = (verb, "killed" if ops[0][1].killed else ops[0][1].answer if verb != "ps" else "ok")
            self.count[key] = self.count.get(key, 0) + 1

    def wake(self, chance):
        """What is under way in the end may wait for a container that stands still."""
        for pair, names in enumerate(self.pairs):
            with self.lock:
                if pair in self.busy or not self.checkers[pair].pending:
                    continue
                self.busy.add(pair)
                op = self.operation("unpause", chance.choice(names))
                self.checkers[pair].call(op)
            self.perform(op, chance)
            self.back(pair, op)

    def back(self, pair, op):
        """An operation on the pair has returned. If it was the last, there must be an order of them."""
        checker = self.checkers[pair]
        with self.lock:
            if op.verb == "unpause":
                self.busy.discard(pair)
            is_quiet = checker.back(op)
            if is_quiet:
                self.busy.add(pair)
        if not is_quiet:
            return
        try:
            if any(done.killed for _, done in checker.history):
                self.heal(pair)
            now = self.states_now(pair)
            if complaint := checker.explain(now):
                if self.options.orders == "fail":
                    raise Wrong(complaint)
                print(f"NO ORDER: {complaint}\n{checker.recent()}")
                checker.unexplained += 1
                checker.forget(now)
        finally:
            with self.lock:
                self.busy.discard(pair)
                self.lock.notify_all()

    def heal(self, pair):
        """Until what killed clients have begun is done or undone, which is for the supervisor or the next command."""
        for _ in range(PATIENCE * 10):
            self.sdcont("ps", "-aq")
            ids = [self.id_of(name) for name in self.pairs[pair]]
            if not any(i and os.path.lexists(f"{self.run_dir}/launching/{i}") for i in ids):
                return
            time.sleep(0.1)
        raise Wrong(f"a launch of {self.pairs[pair]} that was killed is not undone")

    def states_now(self, pair):
        """The states that the containers of a pair can be in, with no command under way."""
        orphans = any(c.orphan for state in self.checkers[pair].possible for c in state) or any(
            op.children or (op.verb == "orphan" and op.answer == "ok") for _, op in self.checkers[pair].history)
        containers = []
        for name in self.pairs[pair]:
            status, out, complaints = self.sdcont("inspect", "--type", "container", name)
            if status != 0 and complaints != ["nosuch"]:
                raise Wrong(f"inspect {name} ended with {status}, and {complaints}")
            if status == 0:
                seen = json.loads(out)[0]
                labels, state = seen["Config"]["Labels"], seen["State"]
                containers.append(found(name, int(labels["number"]), labels["kind"], state["Status"], state["ExitCode"],
                                        orphans))
        return {frozenset(choice) for choice in itertools.product(*containers)}

    def id_of(self, name):
        try:
            return os.readlink(f"{self.root}/names/{name}")
        except OSError:
            return None

    def work(self, number):
        chance = random.Random(self.options.seed * 1000 + number)
        while time.monotonic() < self.end and not self.wrong:
            self.attempt(self.one, chance)

    def attempt(self, action, chance):
        try:
            action(chance)
        except Wrong as wrong:
            self.wrong += [] if self.wrong else [str(wrong)]  # what comes after it may follow from it
        except Exception as error:  # pylint: disable=broad-except
            self.wrong.append(repr(error))
            raise

    def run(self):
        before = self.left()
        self.end = time.monotonic() + self.options.seconds
        signal.signal(signal.SIGTERM, lambda *_: self.wrong.append("it was to end before its time"))
        workers = [threading.Thread(target=self.work, args=(i,)) for i in range(self.options.workers)]
        for worker in workers:
            worker.start()
        chance = random.Random(self.options.seed)
        for worker in workers:
            while worker.is_alive() and not self.wrong:
                worker.join(5)
                if worker.is_alive() and time.monotonic() > self.end + 5:
                    self.attempt(self.wake, chance)
            worker.join()
        verbs = sorted({verb for verb, _ in self.count})
        for verb in verbs:
            print(f"{verb:8}", *(f"{answer} {n}," for (v, answer), n in sorted(self.count.items(), key=str) if v == verb))
        killed = sum(n for (_, answer), n in self.count.items() if answer == "killed")
        print(sum(self.count.values()), "commands,", killed, "of them killed,",
              sum(n for (verb, answer), n in self.count.items() if verb in ("run", "create") and answer == "ok"),
              "containers,", sum(checker.looked for checker in self.checkers), "looks for an order,",
              sum(checker.unexplained for checker in self.checkers), "of them given up; seed", self.options.seed)
        if not self.wrong:
            self.compare_descriptors()
        self.clear()
        self.compare(before)
        for wrong in self.wrong:
            print(f"WRONG (--seed {self.options.seed} --workers {self.options.workers} --containers "
                  f"{self.options.containers} --killed {self.options.killed}):", wrong)
        return 1 if self.wrong else 0

    # ---- the end ----

    def compare_descriptors(self):
        """No supervisor has more of them than one that is new."""
        fresh = "soak-fresh"
        self.sdcont("run", "-d", "--name", fresh, "--memory", "64M", self.options.rootfs, "sh", "-c", SCRIPTS["idle"])
        time.sleep(0.5)  # who were attached are forgotten
        most = descriptors(self.record(fresh)["supervisor"]["pid"])
        for pair in self.pairs:
            for name in pair:
                record = self.record(name)
                open_now = descriptors(record["supervisor"]["pid"]) if record and record.get("status") == "running" else set()
                if len(open_now) > len(most):
                    self.wrong.append(f"the supervisor of {name} has {open_now}, a new one {most}")
        self.sdcont("rm", "-f", fresh)

    def clear(self):
        names = subprocess.run([*self.program, "ps", "-a", "--format", "{{.Names}}"], capture_output=True, text=True,
                               check=False, timeout=PATIENCE).stdout.split()
        for name in names:
            if not name.startswith("soak"):
                continue
            done = subprocess.run([*self.program, "rm", "-f", name], capture_output=True, text=True, check=False, timeout=PATIENCE)
            if done.returncode != 0 and "there is no container" not in done.stderr:
                self.wrong.append(f"rm -f {name} in the end: {done.stderr}")

    def left(self):
        """What is there of sdcont's, by kind."""
        units = subprocess.run(["systemctl", "list-units", "--all", "--plain", "--no-legend", "--no-pager", "sdcont-*.scope"],
                               capture_output=True, text=True, check=False).stdout if os.path.isdir("/run/systemd/system") else ""
        groups = subprocess.run(["find", "/sys/fs/cgroup", "-type", "d", "-name", "*sdcont*", "!", "-name", "sdcont.slice",
                                 "!", "-path", "*/box[-.]*"], capture_output=True, text=True, check=False).stdout
        mine = str(os.stat("/proc/self/ns/pid").st_ino)
        ours = os.path.dirname(os.path.realpath(self.options.sdcont)) + "/"
        processes = [pid for pid in os.listdir("/proc") if pid.isdigit() and comm_of(pid).startswith("sdcont") and
                     namespace_of(pid) == mine and program_of(pid).startswith((ours, "/memfd:"))]
        files = [path for top in (self.root, self.run_dir) for part in ("containers", "names", "launching", "units", "images/blobs")
                 for path in glob.glob(f"{top}/{part}/**", recursive=True) if not os.path.isdir(path) or part == "containers"]
        files = [path for path in files if path.rstrip("/") not in (self.root + "/containers", self.run_dir + "/containers")]
        return {"units": set(units.splitlines()), "cgroups": set(groups.splitlines()), "files": set(files),
                "mounts": {line for line in open("/proc/self/mountinfo", encoding="utf-8")
                           if "sdcont" in line or self.root in line or self.run_dir in line or self.options.rootfs in line},
                "processes": set(processes), "descriptors": {str(len(os.listdir("/proc/self/fd")))}}

    def compare(self, before):
        for _ in range(100):
            after = self.left()
            if all(after[kind] <= before[kind] for kind in before):
                return
            time.sleep(0.1)
        for kind, things in after.items():
            for thing in sorted(things - before[kind]):
                self.wrong.append(f"left of the {kind}: {thing}")


def stat_of(pid):
    """The fields of /proc/PID/stat after the name."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rsplit(")", 1)[1].split()


def children_of(pid):
    """Their pidfds."""
    found = []
    with contextlib.suppress(OSError):
        for child in open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8").read().split():
            with contextlib.suppress(OSError):
                found.append(os.pidfd_open(int(child)))
    return found


def comm_of(pid):
    try:
        return "" if stat_of(pid)[0] == "Z" else open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace").read().strip()
    except OSError:
        return ""


def program_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def namespace_of(pid):
    try:
        return str(os.stat(f"/proc/{pid}/ns/pid").st_ino)
    except OSError:
        return ""


def descriptors(pid):
    try:
        return {f"{fd} {os.readlink(f'/proc/{pid}/fd/{fd}')}" for fd in os.listdir(f"/proc/{pid}/fd")}
    except OSError:
        return set()


def has_ended(process, seconds):
    """Whether a process has ended, by its pidfd."""
    import select
    return bool(select.select([process], [], [], seconds)[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sdcont", default=os.environ.get("SDCONT", "sdcont"))
    parser.add_argument("--rootfs", required=True)
    parser.add_argument("--store", default="")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--containers", type=int, default=20)
    parser.add_argument("--workers", type=int, default=6)
    parser.add_argument("--killed", type=float, default=0, help="the share of clients that are killed by SIGKILL")
    parser.add_argument("--orders", choices=["fail", "tell"], default="fail", help="what no order explains")
    parser.add_argument("--no-murders", dest="murders", action="store_false")
    sys.exit(Soak(parser.parse_args()).run())


if __name__ == "__main__":
    main()
