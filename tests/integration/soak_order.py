"""A search for an order of the commands in which each of them would have answered as it did, and after which the
containers are as they are found to be."""
import random

from soak_model import by_itself, looked, steps


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
        """Nothing, or a text that tells what cannot be, where all orders were tried. All have returned, what the killed
        ones left is cleared up, and the state after them is one of `now`.

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
