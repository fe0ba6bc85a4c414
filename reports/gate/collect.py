"""Worker pairs for the error rates of the gate: identical sides, and one model really slowed by 3, 5 and 10 %.

``python reports/gate/collect.py [--same 120] [--slowed 60]`` appends to ``pairs.jsonl`` beside it until there are that
many pairs of each kind; run again after an interruption, it goes on. A process keeps one core busy meanwhile.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from effbench.files import journal
from effbench.gate.pairs import Side, measure_pair
from effbench.processes import environment
from effbench.profiling.worker.job import Job

HERE = Path(__file__).parent
PAIRS = HERE / "pairs.jsonl"
MODELS = ("ravit_cifar10:1-3", "vit_cifar10:4")
SLOWED = MODELS[0]
LEVELS = (0, 3, 5, 10)
"""Percent by which the head's first model is slowed; 0: both sides run the same."""
ROUNDS = 12


def side(percent: int) -> Side:
    """Both models; the first one slowed."""
    jobs = {model: Job(model=model) for model in MODELS}
    if percent:
        jobs[SLOWED] = Job(model=f"{HERE / 'slowed.py'}:slowed_ravit:percent={percent}")
    return Side(jobs=jobs)


def busy() -> None:
    """Never ends."""
    while True:
        pass


@contextmanager
def busy_core() -> Iterator[None]:
    """One core is kept busy by a process bound to it."""
    process = multiprocessing.Process(target=busy, daemon=True)
    process.start()
    os.sched_setaffinity(process.pid or 0, {max(os.sched_getaffinity(0))})
    try:
        yield
    finally:
        process.kill()


def missing(wanted: dict[int, int]) -> Iterator[int]:
    """Levels still to be measured, mixed, so that each sees every mood of the machine."""
    have = Counter(entry["percent"] for entry in journal.read(PAIRS) if "percent" in entry and not entry["failed"])
    order = Random(sum(have.values()))
    left = [level for level, count in wanted.items() for _ in range(count - have[level])]
    order.shuffle(left)
    yield from left


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--same", type=int, default=120, help="pairs whose sides are identical")
    parser.add_argument("--slowed", type=int, default=60, help="pairs of each slow-down")
    args = parser.parse_args()
    wanted = {level: args.slowed if level else args.same for level in LEVELS}
    if not journal.read(PAIRS):
        journal.append(PAIRS, {"conditions": environment.conditions(HERE).plain(), "busy_cores": 1, "rounds": ROUNDS})
    with busy_core():
        left = list(missing(wanted))
        for number, level in enumerate(left, start=1):
            seed = int.from_bytes(os.urandom(4), "big")
            pair = measure_pair(side(0), side(level), MODELS, rounds=ROUNDS, order=Random(seed))
            entry = {"percent": level, "seed": seed, "load": environment.load(), **pair.plain()}
            journal.append(PAIRS, entry)
            print(f"{number}/{len(left)}: {level} %, {pair.seconds:.1f} s, load {entry['load']}", file=sys.stderr)


if __name__ == "__main__":
    main()
