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
import argparse, itertools, json, os, random, signal, sys, threading, time

from soak_commands import PATIENCE, Client, Wrong
from soak_left import clear, left, more, more_descriptors
from soak_model import KINDS, Operation, found
from soak_order import Checker

WEIGHTS = {"run": 12, "create": 4, "start": 7, "stop": 7, "restart": 4, "kill": 4, "pause": 6, "unpause": 8, "exec": 8,
           "exec -d": 3, "update": 4, "rename": 6, "logs": 4, "ps": 6, "inspect": 5, "stats": 2, "why": 3, "top": 3,
           "wait": 4, "rm": 6, "rm -f": 5, "attach": 3, "murder": 3, "orphan": 1}


class Soak:
    def __init__(self, options):
        self.options = options
        self.client = Client(options)
        self.pairs = [(f"soak{i}a", f"soak{i}b") for i in range((options.containers + 1) // 2)]
        self.checkers = [Checker() for _ in self.pairs]
        self.lock = threading.Condition()
        self.busy = set()   # pairs that are looked at, or woken up
        self.number = 0
        self.wrong = []
        self.count = {}

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
                self.client.list_all([op for _, op in ops])
            else:
                self.client.perform(ops[0][1], chance)
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
            self.client.perform(op, chance)
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
            self.client.sdcont("ps", "-aq")
            ids = [self.client.id_of(name) for name in self.pairs[pair]]
            if not any(i and os.path.lexists(f"{self.client.run_dir}/launching/{i}") for i in ids):
                return
            time.sleep(0.1)
        raise Wrong(f"a launch of {self.pairs[pair]} that was killed is not undone")

    def states_now(self, pair):
        """The states that the containers of a pair can be in, with no command under way."""
        orphans = any(c.orphan for state in self.checkers[pair].possible for c in state) or any(
            op.children or (op.verb == "orphan" and op.answer == "ok") for _, op in self.checkers[pair].history)
        containers = []
        for name in self.pairs[pair]:
            status, out, complaints = self.client.sdcont("inspect", "--type", "container", name)
            if status != 0 and complaints != ["nosuch"]:
                raise Wrong(f"inspect {name} ended with {status}, and {complaints}")
            if status == 0:
                seen = json.loads(out)[0]
                labels, state = seen["Config"]["Labels"], seen["State"]
                containers.append(found(name, int(labels["number"]), labels["kind"], state["Status"], state["ExitCode"],
                                        orphans))
        return {frozenset(choice) for choice in itertools.product(*containers)}

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
        before = left(self.client)
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
            self.wrong += more_descriptors(self.client, [name for pair in self.pairs for name in pair])
        self.wrong += clear(self.client)
        self.wrong += more(self.client, before)
        for wrong in self.wrong:
            print(f"WRONG (--seed {self.options.seed} --workers {self.options.workers} --containers "
                  f"{self.options.containers} --killed {self.options.killed}):", wrong)
        return 1 if self.wrong else 0

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
