"""The schedule of a sweep: finished trials are skipped, the cheapest start first, lost ones are tried again.

Whatever is killed, and when: a result is either in the store, or in ``result.json`` of its run's folder and taken in
from there, or its training goes on from the folder's checkpoint. Two sweeps of one folder share the work: a training
holds its folder (``training.loop.folder``), and the store adds a result that is done once.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from effbench.files import locks
from effbench.processes.environment import conditions
from effbench.training.loop.folder import busy, clear, result_of
from effbench.training.loop.outcome import Outcome
from effbench.training.sweep.executors.work import Ended, Executor, Work
from effbench.training.sweep.plan import Sweep, Trial
from effbench.training.sweep.store import Store

TRIALS = "trials"
"""In the folder of a sweep: a folder per trial, called by its key."""

ATTEMPTS = 3
"""A trial whose process was lost so many times has failed."""

POLL = 0.5
"""Seconds between looks at a trial that another sweep is running."""

Change = Callable[[Trial], Trial]
"""How a trial is really trained, under the same key; see ``training.sweep.program``."""


@dataclass(frozen=True)
class Step:
    """Told after every change: trials in the store of all, those running now, and what was just found."""

    done: int
    total: int
    running: int
    what: str
    share: float
    """Of the analytic cost of what was to be done."""


@dataclass
class Schedule:
    """One run of a sweep.

    Args:
        folder: of the sweep: its store, and the runs' folders in ``trials``.
        cost: of a trial, in any unit.
        change: how a trial is trained; as it is by default.
        costliest_first: instead of the cheapest. That order ends a whole sweep sooner on several processors (no long
            training is left over for the end); the cheapest first has the most results whenever it is stopped.
        retry_failed: whether what failed before is tried again.
    """

    sweep: Sweep
    folder: Path
    executor: Executor
    root: Path | None = None
    device: str = "cpu"
    cost: Callable[[Trial], float] = lambda trial: 1.0
    change: Change = lambda trial: trial
    costliest_first: bool = False
    retry_failed: bool = False
    progress: Callable[[Step], None] = lambda step: None
    _queue: deque[Work] = field(default_factory=deque)
    _elsewhere: list[Work] = field(default_factory=list)
    _running: list[Work] = field(default_factory=list)
    _lost: Counter[str] = field(default_factory=Counter)
    _spent: float = 0.0
    _asked: float = 0.0

    def __post_init__(self) -> None:
        self.store = Store(self.folder)

    def run(self) -> None:
        """Until every trial is in the store, done or failed. Stops the executor, whatever happens.

        Raises:
            EffbenchError: the store or a folder cannot be written, e.g. the disk is full.
        """
        try:
            for lock in self.folder.glob(".*.lock"):  # of a killed sweep: this one may find everything written
                locks.remove_dead(lock)
            self._plan()
            while self._queue or self._elsewhere or self._running:
                self._start()
                self._settle(self.executor.wait(POLL if self._elsewhere or not self._running else 3600.0))
                self._look_again()
        finally:
            self.executor.close()

    def _plan(self) -> None:
        todo = [trial for trial in self.sweep.trials if self._open(trial)]
        ordered = sorted(todo, key=self.cost, reverse=self.costliest_first)
        works = [self._work(trial) for trial in ordered]
        self._queue.extend(works)
        self._asked = sum(map(self._price, works))
        self._tell("nothing to do" if not works else f"{len(todo)} to do")

    def _open(self, trial: Trial) -> bool:
        """Whether a trial is still to be trained; its result is taken in if it is in its folder alone."""
        former = self.store.found().get(trial.key)
        if former is not None and (former.outcome.status == "done" or not self.retry_failed):
            return False
        folder = self._folder(trial)
        if busy(folder):
            return True
        found = result_of(folder, trial.recipe, trial.seed)
        if found is not None and (found.status == "done" or (former is None and not self.retry_failed)):
            self.store.add(found, trial.cell, self.sweep.name)
            return False
        if found is not None:
            clear(folder)
        return True

    def _start(self) -> None:
        """Give the executor what it can take; what another sweep is running is looked at again later."""
        begin: list[Work] = []
        while self._queue and len(begin) < self.executor.free():
            work = self._queue.popleft()
            if busy(work.folder):
                self._elsewhere.append(work)
            else:
                begin.append(work)
        if begin:
            self.executor.submit(begin)
            self._running += begin

    def _look_again(self) -> None:
        """Work that another sweep was running: done now, or to be done by us."""
        waiting, self._elsewhere = self._elsewhere, []
        for work in waiting:
            if busy(work.folder):
                self._elsewhere.append(work)
                continue
            left = self._open(work.trial)
            if left:
                self._queue.append(work)
            else:
                self._spent += self._price(work)
            self._tell(f"{work.name} was given up elsewhere" if left else f"{work.name} is done elsewhere")

    def _settle(self, ended: Sequence[Ended]) -> None:
        for end in ended:
            self._running.remove(end.work)
            if end.outcome is None and busy(end.work.folder):  # another sweep was a moment faster
                self._elsewhere.append(end.work)
                continue
            if end.lost and self._again(end.work):
                self._queue.appendleft(end.work)
                self._tell(f"{end.work.name}: {end.lost}, tried again")
                continue
            times = f" ({ATTEMPTS} times)" if end.lost else ""
            trial = end.work.trial
            outcome = end.outcome or failure(trial, end.lost + times or end.failed)
            self.store.add(outcome, trial.cell, self.sweep.name)
            self._spent += self._price(end.work)
            self._tell(end.work.name)

    def _again(self, work: Work) -> bool:
        key = work.trial.key
        self._lost[key] += 1
        return self._lost[key] < ATTEMPTS

    def _work(self, trial: Trial) -> Work:
        return Work(trial=self.change(trial), folder=self._folder(trial), root=self.root, device=self.device)

    def _folder(self, trial: Trial) -> Path:
        return self.folder / TRIALS / trial.key

    def _price(self, work: Work) -> float:
        return self.cost(work.trial)

    def _tell(self, what: str) -> None:
        found = self.store.found()
        done = sum(trial.key in found for trial in self.sweep.trials)
        share = self._spent / self._asked if self._asked else 1.0
        self.progress(Step(done, len(self.sweep.trials), len(self._running), what, share))


def failure(trial: Trial, reason: str) -> Outcome:
    """The outcome of a trial that could not say anything itself."""
    return Outcome.of(trial.recipe, trial.seed, "failed", reason=reason, conditions=conditions().plain())
