"""Measuring: alternating runs in this process, fresh processes, and growth with size."""

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]


def alternate(
    actions: Mapping[str, Callable[[], Any]],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, list[float]]:
    """Seconds of each action in each round, all of a round one after another.

    By processor time, which other work on the machine disturbs least.
    """
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for action in actions.values():
        action()
    for _ in range(rounds):
        for name, action in actions.items():
            begun = clock()
            action()
            taken[name].append(clock() - begun)
    return taken


def ratio(numerator: Sequence[float], denominator: Sequence[float]) -> float:
    """Median of the ratios within rounds."""
    return statistics.median(a / b for a, b in zip(numerator, denominator, strict=True))


def slope(action: Callable[[Any], Any], inputs: Mapping[int, Any], tries: int = 3) -> float:
    """Exponent of the growth of time with size, from the smallest to the largest input."""
    best = {}
    for size, value in inputs.items():
        seconds = []
        for _ in range(tries):
            begun = time.process_time()
            action(value)
            seconds.append(time.process_time() - begun)
        best[size] = max(min(seconds), 1e-6)
    small, large = min(best), max(best)
    return math.log(best[large] / best[small]) / math.log(large / small)


class Process(NamedTuple):
    """What a fresh process took.

    Attributes
    ----------
    seconds : float
        From its start to its end.
    megabytes : float
        Peak of its memory.
    output : str
    """

    seconds: float
    megabytes: float
    output: str


# Between this process and the measured one: a process starts with the peak of its parent.
_LAUNCH = """
import json, os, subprocess, sys, time
begun = time.perf_counter()
child = subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], stdout=subprocess.PIPE, text=True)
output = child.stdout.read()
status, usage = os.wait4(child.pid, 0)[1:]
seconds = time.perf_counter() - begun
child.returncode = os.waitstatus_to_exitcode(status)
# The kernel counts in kilobytes, that of macOS in bytes.
megabytes = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps([seconds, megabytes, output]))
sys.exit(child.returncode)
"""


def python(code: str, *arguments: str) -> Process:
    """Run Python code in a process of its own, from the root of the project."""
    environment = {**os.environ}
    # Compiled modules are kept for the next run, as they are for an installed package.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", _LAUNCH, code, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    return Process(*json.loads(done.stdout))


# A stream of statements, looked at from inside; prints what it took as JSON.
_STREAM = """
import json, resource, sys, time
import stance
from stance.annotations import read_corpus
from stance.resources import annotations_folder

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        2**20 if sys.platform == "darwin" else 2**10)

def workers():
    try:
        from psutil import Process
    except ImportError:
        return []
    return [child for child in Process().children(recursive=True) if "loky" in str(child.cmdline())]

def processor_time():
    return time.process_time() + sum(sum(worker.cpu_times()[:2]) for worker in workers())

def main(lines, jobs, mark):
    some = [item.text for item in read_corpus(annotations_folder()).train[:20_000]]
    list(stance.classify_many(some[:4000], n_jobs=jobs, chunk_size=500))
    source = (some[number % len(some)] for number in range(lines))
    begun, processor = time.perf_counter(), processor_time()
    early = None
    for number, _ in enumerate(stance.classify_many(source, n_jobs=jobs), 1):
        if number == mark:
            early = peak()
    seconds = time.perf_counter() - begun
    print(json.dumps({
        "seconds": seconds,
        "processor": processor_time() - processor,
        "peak": peak(),
        "growth": 0.0 if early is None else peak() - early,
        "workers": sum(worker.memory_info().rss for worker in workers()) / 2**20,
    }))

if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
"""


def stream(lines: int, jobs: int = 1, mark: int = 0) -> dict[str, Any]:
    """Send statements through `classify_many` in a fresh process, workers warm.

    Returns
    -------
    dict
        ``seconds``; ``processor`` seconds, of the workers too; ``peak`` megabytes of the process;
        ``growth`` of that peak after statement `mark`; megabytes of the ``workers`` together.
    """
    found: dict[str, Any] = json.loads(python(_STREAM, str(lines), str(jobs), str(mark)).output)
    return found
