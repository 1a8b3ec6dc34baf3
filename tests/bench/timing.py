"""Whole processes, timed in turns."""
import os
import statistics
import sys
import time

NULL = os.open(os.devnull, os.O_RDWR)
QUIET = [(os.POSIX_SPAWN_DUP2, NULL, 0), (os.POSIX_SPAWN_DUP2, NULL, 1)]


def run(command):
    """Milliseconds from the start of a process to its end."""
    begin = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=QUIET)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    elapsed = (time.perf_counter() - begin) * 1000
    if status != 0:
        sys.exit(f"bench: {' '.join(command)}: status {status}")
    return elapsed


def in_turns(commands, runs):
    """{name: [milliseconds]} of {name: function of the run's number that gives a command}."""
    times = {name: [] for name in commands}
    for number in range(-3, runs):
        for name, command in commands.items():
            elapsed = run(command(f"{os.getpid()}-{number + 3}"))
            if number >= 0:
                times[name].append(elapsed)
    return times


def medians(commands, runs):
    return {name: statistics.median(values) for name, values in in_turns(commands, runs).items()}


def sdcont(*words):
    return [os.environ["SDCONT"], "run", "--quiet", "--rm", "--memory", "128M", "--cpus", "0.2", "--pids-limit", "64", *words]
