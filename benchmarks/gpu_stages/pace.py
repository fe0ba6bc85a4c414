"""How long an epoch takes, read off the logs of trainings that run as a sweep runs them, many at a time."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median

from effbench.errors import EffbenchError
from effbench.training.sweep.executors.work import Executor, Work

POLL = 0.02
"""Seconds between two looks at the logs."""

LOG = "log.csv"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast a training runs.

    Attributes:
        model: of the training. start: seconds until it is under way: imports, data, compiling.
        epoch: seconds of an epoch with its checkpoint. look: seconds of judging the test images.
        training: seconds of an epoch's steps alone, by the training's own log.
    """

    model: str
    start: float
    epoch: float
    look: float
    training: float

    def seconds(self, epochs: int, every: int) -> float:
        """A whole training, with a look at the test images every so many epochs."""
        return self.start + epochs * self.epoch + max(1, epochs // every) * self.look


@dataclass
class Watched:
    """A folder whose log is being watched; ``seen``: when each of its rows was there, seconds since the start."""

    work: Work
    seen: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def log(self) -> Path:
        """Of the training."""
        return self.work.folder / LOG

    def look(self, now: float) -> None:
        """Note rows that are new."""
        size = self.log.stat().st_size if self.log.exists() else 0
        if size != self.size:
            self.size = size
            rows = self.log.read_bytes().count(b"\n") - 1
            self.seen += [now] * (rows - len(self.seen))


def paces(executor: Executor, works: Sequence[Work], *, rows: int, longest: float) -> list[Pace]:
    """Run the works at the same time until each has so many epochs while all were under way, then stop them.

    Args:
        longest: seconds after which what is there must do.

    Raises:
        EffbenchError: one of them ended, or there were too few epochs in that time.
    """
    watched = [Watched(work) for work in works]
    start = time.monotonic()
    try:
        executor.submit(works)
        while not _enough(watched, rows) and time.monotonic() - start < longest:
            for ended in executor.wait(POLL):
                said = ended.failed or ended.lost or (ended.outcome and ended.outcome.reason)
                raise EffbenchError(f"{ended.work.name} ended: {said or 'it was too short to be timed'}")
            for one in watched:
                one.look(time.monotonic() - start)
            time.sleep(POLL)
    finally:
        executor.close()
    if not all(one.seen for one in watched):
        raise EffbenchError(f"an epoch was not over after {longest:.0f} s")
    return [_pace(one, max(other.seen[0] for other in watched)) for one in watched]


def _enough(watched: Sequence[Watched], rows: int) -> bool:
    if not all(one.seen for one in watched):
        return False
    common = max(one.seen[0] for one in watched)
    return all(sum(when > common for when in one.seen) > rows for one in watched)


def _pace(one: Watched, common: float) -> Pace:
    """Epochs that began when all trainings were under way."""
    every = one.work.trial.recipe.training.evaluate_every
    gaps: Mapping[int, float] = {
        number: after - before for number, (before, after) in enumerate(pairwise(one.seen), start=2) if before >= common
    }
    plain = [gap for number, gap in gaps.items() if number % every]
    looked = [gap for number, gap in gaps.items() if number % every == 0]
    if not plain:
        raise EffbenchError(f"{one.work.name} had no whole epoch while all were under way")
    epoch = median(plain)
    return Pace(
        model=one.work.trial.recipe.model,
        start=max(0.0, one.seen[0] - epoch),
        epoch=epoch,
        look=max(0.0, median(looked) - epoch) if looked else 0.0,
        training=_training(one.log),
    )


def _training(log: Path) -> float:
    """Seconds of an epoch's steps: the median but for the first, which compiles."""
    with log.open(encoding="utf-8", newline="") as stream:
        seconds = [float(row["seconds"]) for row in csv.DictReader(stream) if row["seconds"]]
    gaps = [after - before for before, after in pairwise(seconds)]
    if not gaps:
        raise EffbenchError(f"{log} has fewer than two epochs")
    return median(gaps)
