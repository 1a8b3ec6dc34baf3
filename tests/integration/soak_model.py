"""What soak.py's commands may answer: a model of a few containers.

A state is a set of containers. An operation takes effect in one or more steps between its call and its return; steps of
others, and what containers do by themselves, may come between. An operation whose client was killed may have taken any
of its steps, or none."""
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
