"""What soak.py's commands may answer: a model of a few containers, and a search for an order of the commands in which
each of them would have answered as it did, and after which the containers are as they are found to be.

A state is a set of containers. An operation takes effect in one or more steps between its call and its return; steps of
others, and what containers do by themselves, may come between. An operation whose client was killed may have taken any
of its steps, or none."""
import random
from collections import namedtuple

# name; uid: the operation that made it; kind: see KINDS; status: C created, L launching, R runs, P paused, W waits to be
# run again, D was sent a signal that kills, Z is dead and the supervisor may not have said so, X ended; orphan: its
# supervisor was killed; code: of the end
Container = namedtuple("Container", "name uid kind status orphan code")

# How each ends by itself (None: it does not), and by its stop signal.
KINDS = {"idle": (None, 7), "brief": (5, None), "again": (3, None), "idle-rm": (None, 7), "brief-rm": (5, None)}
GONE = {"idle-rm", "brief-rm"}  # removed when they end

KILLED = 137
# What only looks, and what none of our containers shows the effect of.
LOOKS = {"ps", "inspect", "exec", "top", "attach", "wait", "logs", "why", "stats", "update"}


class Operation:
    """One command: `answer` is None until it has returned, and stays so where its client was killed, alone or
    (`children`) with the processes that it had forked."""

    def __init__(self, number, verb, name, **words):
        self.number, self.verb, self.name, self.words = number, verb, name, words
        self.answer, self.detail = None, None
        self.killed = self.children = False

    def changes_nothing(self):
        """Whether it can have done nothing but look, by its answer."""
        if self.verb in LOOKS:
            return True
        if self.killed or self.answer in ("ok", None):
            return False
        if self.verb in ("run", "create"):
            return self.answer == "inuse"
        return self.verb != "restart" and not self.words.get("force")

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
        if op.answer not in ("ok", None):
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
        if op.children:
            yield put(state, c, status="R", orphan=True), "done"


def start(op, state, c):
    if c.status in "CX":
        if op.answer in ("ok", None):
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
            yield put(state, c, status="C" if before is None else "X", code=before), "done"
        if op.children:
            yield put(state, c, status="R", orphan=True), "done"


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
    if c.status in "PD" and op.answer == "paused":  # what is to end can be paused again
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
        if c.status == "P":  # a list that saw it live looks for a freezer then that is gone meanwhile: it shows it running
            yield put(state, c, status="D"), "done"


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
    if op.answer == "left":  # an attach, or a wait, that was given no time to say anything
        yield state, "done"
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


def looked(op, state, phase):
    """Whether an operation that changes nothing can be done here and now. If so there is no need to try it later."""
    return phase == "done" or any(after == state and looked(op, state, then) for after, then in steps(op, state, phase))


# What `inspect` says of a container, and what it can be then.
FOUND = {"created": "C", "running": "RDZ", "paused": "PD", "restarting": "WZ", "exited": "X"}


def found(name, uid, kind, status, code, orphans):
    """What a container can be that is found so; `orphans`: whether its supervisor may have been killed."""
    return [Container(name, uid, kind, s, orphan, code if s == "X" else None)
            for s in FOUND[status] for orphan in ([False, True] if orphans and s not in "CX" else [False])]


class Checker:
    """Takes the calls and returns of the operations on some names, and finds an order that explains them. It looks for
    one where all have returned: `is_full` says when no more are to be called until then."""

    LONGEST = 100   # events back that are shown
    WINDOW = 100    # events between two looks
    MOST = 5_000    # configurations that one search looks at
    ATTEMPTS = 12   # each with another order of what is likely, since one wrong step early leads nowhere for long

    def __init__(self):
        self.possible = {frozenset()}
        self.pending, self.ops = {}, {}
        self.history = []  # since all was quiet
        self.told = []     # what was explained already
        self.order = {}
        self.looks = {}
        self.tried_all = False
        self.looked = self.unexplained = 0  # times, and those where no order was found in time

    def is_full(self):
        return len(self.history) >= self.WINDOW

    def call(self, op):
        self.pending[op.number] = self.ops[op.number] = op
        self.history.append(("call", op))

    def back(self, op):
        """It has returned. True where all have."""
        self.history.append(("back", op))
        del self.pending[op.number]
        return not self.pending

    def explain(self, now):
        """Nothing, or a text that tells what cannot be, where all orders were tried. All have returned, what the killed ones left is cleared up, and the
        state after them is one of `now`.

        Depth first, and no step before it is needed: only an operation that returns has to be done by then. What it needs
        is mostly its own step, or those of the ones that return next."""
        self.looked += 1
        self.looks = {}
        order = {op.number: len(self.history) if op.killed else index
                 for index, (what, op) in enumerate(self.history) if what == "back"}
        for attempt in range(self.ATTEMPTS):
            noise = random.Random(attempt)
            self.order = {number: index + noise.gauss(0, 3 * attempt) for number, index in order.items()}
            # the likeliest last: hardly any is about to die
            first = sorted(self.possible, key=lambda state: -sum((c.status in "DZ") + c.orphan for c in state) +
                           attempt * noise.random())
            farthest, states = self.search(first, now)
            if farthest is None:
                self.forget(now)
                return None
            if self.tried_all:
                return self.complaint(farthest, states, now)
        self.unexplained += 1
        self.forget(now)
        return None

    def search(self, first, now):
        """None where an order was found; else how far it went, and the states there."""
        stack = [(0, state, ()) for state in first]
        seen = set(stack)
        farthest, states = 0, set()
        while stack and len(seen) < self.MOST:
            index, state, doing = stack.pop()
            if index > farthest:
                farthest, states = index, set()
            if index == farthest:
                states.add(state)
            if index == len(self.history) and state in now:
                return None, None
            for configuration in self.after(index, state, doing):
                if configuration not in seen:
                    seen.add(configuration)
                    stack.append(configuration)
        self.tried_all = not stack
        return farthest, states

    def after(self, index, state, doing):
        """The configurations that come next, the likeliest last."""
        what, op = self.history[index] if index < len(self.history) else ("end", None)
        if what == "call":
            return [(index + 1, state, doing + ((op.number, "called"),))]
        doing = tuple((number, "done" if self.is_over(number, state, phase) else phase) for number, phase in doing)
        if what == "back" and (op.number, "done") in doing:
            return [(index + 1, state, tuple(d for d in doing if d[0] != op.number))]
        later = [(index, new, doing) for new in by_itself(state)]
        for number, phase in sorted(doing, key=lambda d: -self.order.get(d[0], 0)):
            if phase != "done":
                others = [d for d in doing if d[0] != number]
                later += [(index, new, tuple(sorted(others + [(number, then)], key=lambda d: d[0])))
                          for new, then in steps(self.ops[number], state, phase)]
        if what == "back" and op.killed:
            later.append((index + 1, state, doing))
        return later

    def is_over(self, number, state, phase):
        key = number, state, phase
        if key not in self.looks:
            op = self.ops[number]
            self.looks[key] = phase == "done" or (op.changes_nothing() and (op.killed or looked(op, state, phase)))
        return self.looks[key]

    def forget(self, possible):
        """The operations, after which one of these states must be."""
        self.told = (self.told + [self.line(*event) for event in self.history])[-self.LONGEST:]
        self.possible, self.ops, self.history = possible, {}, []

    @staticmethod
    def line(what, op):
        if what == "call":
            return f"  {op}"
        how = ("killed" + " with its children" * op.children) if op.killed else f"{op.answer}"
        return f"      #{op.number} {op.verb}: {how}" + ("" if op.detail is None else f" {op.detail}")

    def recent(self):
        """What came before, and what is under way."""
        return "\n".join(self.told + [self.line(*event) for event in self.history])

    def complaint(self, index, states, now):
        def text(which):
            return sorted({"  " + str(sorted(map(tuple, state), key=str)) for state in which})[:20]

        op = self.history[index][1] if index < len(self.history) else None
        what = f"what {op} answered: {op.answer} {op.detail}" if op else "what is there now"
        lines = [f"no order of the commands explains {what}", "what came before:"]
        lines += self.told + [self.line(*event) for event in self.history[: index + 1]]
        lines += ["what came at the same time:"] + [self.line(*event) for event in self.history[index + 1:]]
        lines += ["what could have been before it:"] + text(states) + ["what is there now:"] + text(now)
        return "\n".join(lines)
