"""What soak.py's commands may answer: a model of a few containers, and a search for an order of the commands in which
each of them would have answered as it did.

A state is a set of containers. An operation takes effect in one or more steps between its call and its return; steps of
others, and what containers do by themselves, may come between. `possible` is all that can be true after what was seen.
An operation whose client was killed may have taken any of its steps, or none, and what it left may be healed later."""
from collections import namedtuple

# name; uid: the operation that made it; kind: see KINDS; status: C created, L launching, R runs, P paused, W waits to be
# run again, D was sent a signal that kills, Z is dead and the supervisor may not have said so, X ended; orphan: its
# supervisor was killed; code: of the end
Container = namedtuple("Container", "name uid kind status orphan code")

# How each ends by itself (None: it does not), and by its stop signal.
KINDS = {"idle": (None, 7), "brief": (5, None), "again": (3, None), "idle-rm": (None, 7), "brief-rm": (5, None)}
GONE = {"idle-rm", "brief-rm"}  # removed when they end

KILLED = 137


class Operation:
    """One command: `answer` is None until it has returned, and stays so where its client was killed."""

    def __init__(self, number, verb, name, **words):
        self.number, self.verb, self.name, self.words = number, verb, name, words
        self.answer, self.detail = None, None
        self.killed = False

    def __repr__(self):
        words = " ".join(f"{key}={value}" for key, value in self.words.items())
        return f"#{self.number} {self.verb} {self.name} {words}".rstrip()


def named(state, name):
    return next((c for c in state if c.name == name), None)


def by_uid(state, uid):
    return next((c for c in state if c.uid == uid), None)


def put(state, old, **changes):
    """The state with a container changed; or without it."""
    rest = frozenset(c for c in state if c.uid != old.uid)
    return rest | {old._replace(**changes)} if changes else rest


def ended(state, container, codes):
    """The states after its end with one of these statuses."""
    if container.kind in GONE:
        return [put(state, container)]
    return [put(state, container, status="X", code=code, orphan=False) for code in sorted(codes)]


def by_itself(state):
    """What a container does without being told."""
    for c in state:
        code = KINDS[c.kind][0]
        if c.status in "DZ":
            yield from ended(state, c, {KILLED} | ({code} if code else set()) | ({7} if code is None else set()))
            if c.kind == "again" and c.status == "Z" and not c.orphan:
                yield put(state, c, status="W")
        elif c.orphan and c.status == "W":
            yield from ended(state, c, {KILLED})
        elif c.status == "W":
            yield put(state, c, status="R")
        elif c.status == "R" and c.orphan and code:
            yield from ended(state, c, {KILLED})
        elif c.status == "R" and c.kind == "again":
            yield put(state, c, status="W")
        elif c.status == "R" and code:
            yield from ended(state, c, {code})


SHOWN = {"C": {"created"}, "L": {"created", "running"}, "R": {"running"}, "P": {"paused"}, "W": {"restarting"},
         "D": {"running", "paused", "exited"}, "Z": {"exited", "restarting"}, "X": {"exited"}}


def make(op, state, phase):
    """run -d and create."""
    if phase == "called":
        if named(state, op.name):
            if op.answer == "inuse":
                yield state, "done"
            return
        new = Container(op.name, op.number, op.words["kind"], "L" if op.verb == "run" else "C", False, None)
        yield state | {new}, "made"
        return
    c = by_uid(state, op.number)
    if op.verb == "create" or c is None or c.status != "L":
        yield state, "done"
    if op.verb == "create" and c and c.status == "C" and op.killed:
        yield put(state, c), "done"
    if op.verb == "run" and c and c.status == "L":
        yield put(state, c, status="R"), "made"
        if op.killed:
            yield put(state, c), "done"


def start(op, state, c):
    if c.status in "CX":
        yield put(state, c, status="L", code=None), ("launches", c.code)
    elif c.status == "L":
        if op.answer in ("ok", "transient", None):
            yield state, "done"
    elif op.answer in ("ok", None):
        yield state, "done"


def launches(op, state, c, before):
    if c.status == "L":
        yield put(state, c, status="R"), "done"
        if op.killed:
            yield put(state, c, status="X" if before else "C", code=before), "done"


def stop(op, state, c):
    if c.status in "CX":
        yield state, "done"
    elif c.status == "L":
        if op.answer in ("ok", "transient", None):
            yield state, "done"
    elif op.verb == "restart" or op.answer == "ok" or op.killed:
        yield put(state, c, status="D"), ("ends", None)


def kill(op, state, c):
    if c.status in "RPD":
        if op.answer == "ok" or op.killed:
            yield put(state, c, status="D"), "done"
    if c.status in "CXWDZL" and op.answer == "notrunning":
        yield state, "done"


def freeze(op, state, c):
    before, after, wrong = ("R", "P", "alreadypaused") if op.verb == "pause" else ("P", "R", "notpaused")
    if c.status == before and (op.answer == "ok" or op.killed):
        yield put(state, c, status=after), "done"
    if c.status == after and op.answer == wrong:
        yield state, "done"
    if c.status in "DZ" and op.answer in ("ok", "notrunning", wrong):
        yield state, "done"
    if c.status in "CXWL" and op.answer == "notrunning":
        yield state, "done"


def execute(op, state, c):
    if c.status in "RD" and op.answer == "ok" or op.killed:
        yield state, "done"
    if c.status == "P" and op.answer in ("paused", "timeout"):
        yield state, "done"
    if c.status in "CXWDZL" and op.answer == "notrunning":
        yield state, "done"
    if c.status == "R" and op.answer == "cut":
        yield state, ("inside", None)


def top(op, state, c):
    wanted = {"R": {"ok"}, "P": {"ok"}, "D": {"ok", "notrunning"}, "Z": {"ok", "notrunning"}}.get(c.status, {"notrunning"})
    if op.answer in wanted or op.killed:
        yield state, "done"


def remove(op, state, c):
    if op.words["force"] and c.status in "RPWZ":  # it ends first
        yield put(state, c, status="D"), "done" if op.killed else ("acts", None)
    if op.words["force"]:
        if c.status == "L" and op.answer == "transient":
            yield state, "done"
        if op.answer == "ok" or op.killed:
            yield put(state, c), "done"
    elif c.status in "CX":
        if op.answer == "ok" or op.killed:
            yield put(state, c), "done"
    elif op.answer == "running" or (op.answer == "transient" and c.status == "L"):
        yield state, "done"


def rename(op, state, c):
    new = op.words["to"]
    if c.status == "L" and op.answer == "transient":
        yield state, "done"
    elif named(state, new):
        if op.answer == ("samename" if c.name == new else "inuse"):
            yield state, "done"
    elif op.answer == "ok" or op.killed:
        yield put(state, c, name=new), "done"


def wait(op, state, c):
    if op.answer == "timeout" or op.killed:
        yield state, "done"
    elif c.status == "C" and op.detail == 0:
        yield state, "done"
    elif c.status == "X" and op.detail == c.code:
        yield state, "done"
    elif c.kind in GONE:
        yield state, ("waits", None)


def murder(op, state, c):
    """SIGKILL to its first process, which is dead when this returns."""
    if op.answer == "nothing":
        yield state, "done"
    elif c.status in "RPDZ":
        yield put(state, c, status="Z"), "done"


def orphan(op, state, c):
    """SIGKILL to its supervisor."""
    if op.answer == "ok" and c.status not in "CX":
        yield put(state, c, orphan=True), "done"
    if op.answer == "nothing" or c.status in "CX":
        yield state, "done"  # it had ended


def inspect(op, state, c):
    if op.detail in SHOWN[c.status]:
        yield state, "done"


def attach(op, state, c):
    wanted = {"C": "notrunning", "X": "notrunning"}.get(c.status, "orphan" if c.orphan else "timeout")
    if op.answer == wanted or op.killed or c.status in "LDZ":
        yield state, "done"
    if c.status in "RPW" and op.answer == "cut":
        yield state, ("inside", None)


def look(op, state, c):
    if op.answer == "transient" and c.status == "L":
        yield state, "done"
    if op.answer == "ok" or op.killed:
        yield state, "done"


def restart(op, state, c):
    if c.kind in GONE and c.status not in "CX":
        if op.answer == "kept" or op.killed:
            yield state, "done"
        return
    for after, then in stop(op, state, c):
        yield after, ("stopped", None) if then == "done" else then


def inside(op, state, c, _):
    """The container, or its supervisor, ends while the command is in it."""
    if c.status not in "RP" or c.orphan:
        yield state, "done"


def ends(op, state, c, _):
    if c.status == "X":
        yield state, ("stopped", None) if op.verb == "restart" else "done"


def stopped(op, state, c, _):
    yield from start(op, state, c)


ACTIONS = {"start": start, "stop": stop, "restart": restart, "kill": kill, "pause": freeze, "unpause": freeze,
           "exec": execute, "rm": remove, "rename": rename, "wait": wait, "murder": murder, "orphan": orphan,
           "inspect": inspect, "attach": attach, "logs": look, "why": look, "stats": look, "update": look, "top": top}
NEED_LIFE = {"kill", "pause", "unpause", "exec", "top", "attach", "stats"}
STAGES = {"inside": inside, "ends": ends, "launches": launches, "stopped": stopped, "waits": lambda *_: ()}


def gone(op, stage):
    """May the operation end so, where the container that it had found is there no more?"""
    if stage in ("inside", "waits", "launches", "ends") or op.verb in ("murder", "orphan", "stop", "rm") or op.killed:
        return True
    return op.answer == "nosuch" or (op.answer == "notrunning" and op.verb in NEED_LIFE)


def steps(op, state, phase):
    """The states after the operation's next step, each with its next phase: "called", (uid, stage, more) or "done"."""
    if op.verb in ("run", "create"):
        yield from make(op, state, phase)
        return
    if op.verb == "ps":  # one name's row of it
        c = named(state, op.name)
        if op.answer in (SHOWN[c.status] if c else {"absent"}):
            yield state, "done"
        return
    if phase == "called":
        c = named(state, op.name)
        if c:
            yield state, (c.uid, "acts", None)
        elif op.answer in ("nosuch", "nothing"):
            yield state, "done"
        return
    uid, stage, more = phase
    c = by_uid(state, uid)
    if c is None:
        if gone(op, stage):
            yield state, "done"
        return
    found = ACTIONS[op.verb](op, state, c) if stage == "acts" else STAGES[stage](op, state, c, more)
    for after, then in found:
        yield after, then if then == "done" else (uid, *then)


class Checker:
    """Takes the calls and returns of the operations on some names, and finds the first that no order explains."""

    LONGEST = 60  # events back that are shown
    LASTING = 8   # operations, until all that a killed one left is healed

    def __init__(self):
        self.possible = {(frozenset(), ())}
        self.pending, self.ops = {}, {}
        self.ghosts = {}   # killed operations, and for how many more they may have effects
        self.history = []  # since all was quiet
        self.told = []     # what was explained already

    def call(self, op):
        self.pending[op.number] = self.ops[op.number] = op
        self.history.append(("call", op))

    def back(self, op):
        """It has returned. Nothing, or a text that tells what cannot be."""
        self.history.append(("back", op))
        del self.pending[op.number]
        return None if self.pending else self.explain()

    def explain(self):
        for index, (what, op) in enumerate(self.history):
            before = self.possible
            if what == "call":
                self.possible = {(state, doing + ((op.number, "called"),)) for state, doing in before}
                continue
            self.possible = self.closure(before)
            if op.killed:
                self.ghosts[op.number] = self.LASTING
            else:
                self.possible = {(state, tuple(d for d in doing if d[0] != op.number))
                                 for state, doing in self.possible if (op.number, "done") in doing}
            if not self.possible:
                return self.complaint(op, before, index)
        self.told = (self.told + [self.line(*event) for event in self.history])[-self.LONGEST:]
        self.settle(sum(what == "back" for what, _ in self.history))
        self.history = []
        return None

    def settle(self, returned):
        """Drops what killed clients might still do: the next commands have cleared up after them."""
        self.ghosts = {number: left - returned for number, left in self.ghosts.items() if left > returned}
        self.possible = {(state, tuple(d for d in doing if d[0] in self.ghosts and d[1] != "done"))
                         for state, doing in self.possible}
        self.ops = {number: op for number, op in self.ops.items() if number in self.ghosts}

    def closure(self, configurations):
        seen, todo = set(configurations), list(configurations)
        while todo:
            state, doing = todo.pop()
            after = [(new, doing) for new in by_itself(state)]
            for i, (number, phase) in enumerate(doing):
                if phase == "done":
                    continue
                for new, then in steps(self.ops[number], state, phase):
                    after.append((new, doing[:i] + ((number, then),) + doing[i + 1:]))
            for configuration in after:
                if configuration not in seen:
                    seen.add(configuration)
                    todo.append(configuration)
        return seen

    @staticmethod
    def line(what, op):
        if what == "call":
            return f"  {op}"
        how = "killed" if op.killed else f"{op.answer}" + ("" if op.detail is None else f" {op.detail}")
        return f"      #{op.number} {op.verb}: {how}"

    def complaint(self, op, before, index):
        lines = [f"no order of the commands explains what {op} answered: {op.answer} {op.detail}", "what came before:"]
        lines += self.told + [self.line(*event) for event in self.history[: index + 1]]
        lines += ["what came at the same time:"] + [self.line(*event) for event in self.history[index + 1:]]
        lines += ["what could have been:"] + sorted({"  " + str(sorted(map(tuple, state), key=str)) for state, _ in before})[:20]
        return "\n".join(lines)
