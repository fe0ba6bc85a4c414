"""The schedule, with an executor that follows a script."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.files.locks import hold
from effbench.training.loop.folder import LOCK
from effbench.training.sweep.executors.work import Ended, Work, answered
from effbench.training.sweep.program import Program, change
from effbench.training.sweep.runner import Schedule
from effbench.training.sweep.store import Store, read


class Scripted:
    """An executor that answers at once.

    Args:
        end: what becomes of a trial that was begun the n-th time (from 1).
    """

    def __init__(self, end, slots: int = 2) -> None:
        self._end, self._slots = end, slots
        self._running: list[Work] = []
        self.begun: list[str] = []
        self.closed = False

    def free(self) -> int:
        return self._slots - len(self._running)

    def submit(self, works: Sequence[Work]) -> None:
        assert len(works) <= self.free()
        self._running += works
        self.begun += [work.name for work in works]

    def wait(self, seconds: float) -> list[Ended]:
        if not self._running:
            return []
        work = self._running.pop(0)
        return [self._end(work, self.begun.count(work.name))]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def done(outcome_of):
    """Every trial ends well."""
    return lambda work, attempt: Ended(work, outcome_of(work.trial))


def leave(folder, outcome):
    """A run's folder with a result in it."""
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps(outcome.as_entry()))


def statuses(folder):
    return {line.outcome.key: line.outcome.status for line in read(folder)}


CHEAPEST = ("b1=1, b2=0", "b1=0, b2=1", "b1=1, b2=1")


@pytest.mark.parametrize(("costliest_first", "order"), [(False, CHEAPEST), (True, CHEAPEST[::-1])])
def test_every_trial_once_in_the_order_of_cost(tmp_path, small, done, costliest_first, order):
    executor = Scripted(done)

    def cost(trial):
        return 1.0 + CHEAPEST.index(trial.name.rpartition(",")[0])

    Schedule(small, tmp_path, executor, cost=cost, costliest_first=costliest_first).run()
    assert executor.begun == [f"{cell}, seed {s}" for cell in order for s in (0, 1)]
    assert statuses(tmp_path) == {trial.key: "done" for trial in small.trials}
    assert len(read(tmp_path)) == 6
    assert executor.closed


def test_what_is_in_the_store_is_not_run_again(tmp_path, small, done, outcome_of):
    for trial in small.trials[:4]:
        Store(tmp_path).add(outcome_of(trial), trial.cell, "small")
    executor = Scripted(done)
    Schedule(small, tmp_path, executor).run()
    assert executor.begun == ["b1=1, b2=1, seed 0", "b1=1, b2=1, seed 1"]
    (tmp_path / ".program.json.lock").touch()  # of a sweep that was killed
    Schedule(small, tmp_path, again := Scripted(done)).run()
    assert again.begun == []
    assert [path.name for path in tmp_path.iterdir()] == ["results.jsonl"]


def test_a_result_that_did_not_reach_the_store_is_taken_in(tmp_path, small, done, outcome_of):
    leave(tmp_path / "trials" / small.trials[0].key, outcome_of(small.trials[0], top1=123))
    executor = Scripted(done)
    Schedule(small, tmp_path, executor).run()
    assert small.trials[0].name not in executor.begun
    assert len(executor.begun) == 5
    assert Store(tmp_path).found()[small.trials[0].key].outcome.exits[0].top1 == 123


def test_a_lost_trial_is_tried_again(tmp_path, small, done):
    name = small.trials[2].name

    def end(work, attempt):
        return Ended(work, lost="killed") if work.name == name and attempt < 3 else done(work, attempt)

    executor = Scripted(end)
    Schedule(small, tmp_path, executor).run()
    assert executor.begun.count(name) == 3
    assert set(statuses(tmp_path).values()) == {"done"}


def test_a_trial_that_is_lost_three_times_has_failed_with_its_reason(tmp_path, small):
    Schedule(small, tmp_path, Scripted(lambda work, attempt: Ended(work, lost="killed by SIGKILL"))).run()
    assert {(line.outcome.status, line.outcome.reason) for line in read(tmp_path)} == {
        ("failed", "killed by SIGKILL (3 times)")
    }
    assert len(read(tmp_path)) == 6


def test_what_a_program_refuses_is_not_tried_again(tmp_path, small):
    executor = Scripted(lambda work, attempt: Ended(work, failed="no such data set"))
    Schedule(small, tmp_path, executor).run()
    assert len(executor.begun) == 6
    (first, *_) = read(tmp_path)
    assert first.outcome.reason == "no such data set"
    assert first.outcome.recipe == small.trials[0].recipe.determining()
    assert first.outcome.conditions["cores"] >= 1


def test_failures_are_run_again_on_request_alone_and_from_the_beginning(tmp_path, small, done, outcome_of):
    folder = tmp_path / "trials" / small.trials[0].key
    leave(folder, outcome_of(small.trials[0], reason="NaN"))
    (folder / "checkpoint.pt").write_text("of the failed run")
    executor = Scripted(done)
    Schedule(small, tmp_path, executor).run()
    assert statuses(tmp_path)[small.trials[0].key] == "failed"
    assert len(executor.begun) == 5

    Schedule(small, tmp_path, Scripted(done)).run()
    assert statuses(tmp_path)[small.trials[0].key] == "failed"
    Schedule(small, tmp_path, again := Scripted(done), retry_failed=True).run()
    assert again.begun == [small.trials[0].name]
    assert list(folder.iterdir()) == []
    assert Store(tmp_path).found()[small.trials[0].key].outcome.status == "done"


def test_a_trial_that_another_sweep_trains_is_waited_for_and_its_result_taken(tmp_path, small, done, outcome_of):
    folder = tmp_path / "trials" / small.trials[0].key
    folder.mkdir(parents=True)
    other = ExitStack()
    other.enter_context(hold(folder / LOCK, wait=True))

    class Watched(Scripted):
        def wait(self, seconds: float) -> list[Ended]:
            if not self._running:  # all others are done: the other sweep finishes now
                (folder / "result.json").write_text(json.dumps(outcome_of(small.trials[0], top1=321).as_entry()))
                other.close()
            return super().wait(seconds)

    executor = Watched(done)
    Schedule(small, tmp_path, executor).run()
    assert len(executor.begun) == 5
    assert small.trials[0].name not in executor.begun
    assert Store(tmp_path).found()[small.trials[0].key].outcome.exits[0].top1 == 321


def test_a_trial_that_another_sweep_gave_up_is_run(tmp_path, small, done):
    folder = tmp_path / "trials" / small.trials[0].key
    folder.mkdir(parents=True)
    other = ExitStack()
    other.enter_context(hold(folder / LOCK, wait=True))

    class Watched(Scripted):
        def wait(self, seconds: float) -> list[Ended]:
            if not self._running:
                other.close()
            return super().wait(seconds)

    executor = Watched(done)
    Schedule(small, tmp_path, executor).run()
    assert executor.begun[-1] == small.trials[0].name
    assert len(read(tmp_path)) == 6


def test_a_sweep_that_was_a_moment_faster_keeps_the_trial(tmp_path, small, done, outcome_of):
    folder = tmp_path / "trials" / small.trials[0].key
    folder.mkdir(parents=True)
    other = ExitStack()

    def end(work, attempt):
        if work.name == small.trials[0].name:  # between our look and our start another sweep began it
            other.enter_context(hold(folder / LOCK, wait=True))
            return Ended(work, lost="another process trains in it")
        if (folder / LOCK).exists():
            (folder / "result.json").write_text(json.dumps(outcome_of(small.trials[0], top1=321).as_entry()))
            other.close()
        return done(work, attempt)

    executor = Scripted(end)
    Schedule(small, tmp_path, executor).run()
    assert executor.begun.count(small.trials[0].name) == 1
    assert Store(tmp_path).found()[small.trials[0].key].outcome.exits[0].top1 == 321


def test_a_trial_is_trained_as_the_program_changes_it(tmp_path, small, outcome_of):
    compiled = []

    def end(work, attempt):
        compiled.append(work.trial.recipe.training.compile)
        return Ended(work, outcome_of(work.trial))

    Schedule(small, tmp_path, Scripted(end), change=change(Program(sweep="small", name="compiled", why=""))).run()
    assert compiled == [True] * 6
    assert statuses(tmp_path) == {trial.key: "done" for trial in small.trials}


def test_an_interrupt_stops_the_executor(tmp_path, small):
    def interrupted(work, attempt):
        raise KeyboardInterrupt

    executor = Scripted(interrupted)
    with pytest.raises(KeyboardInterrupt):
        Schedule(small, tmp_path, executor).run()
    assert executor.closed


def test_a_store_that_cannot_be_written_stops_the_sweep(tmp_path, small, done, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    executor = Scripted(done)
    schedule = Schedule(small, tmp_path, executor)
    monkeypatch.setattr("effbench.files.journal.os.fsync", full)
    with pytest.raises(EffbenchError, match=r"results\.jsonl: No space left on device"):
        schedule.run()
    assert executor.closed
    monkeypatch.undo()
    assert read(tmp_path) == []


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_result_that_is_none_is_named(tmp_path, small, done, content):
    folder = tmp_path / "trials" / small.trials[0].key
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(content)
    with pytest.raises(EffbenchError, match=r"result\.json is no result of a training; remove it"):
        Schedule(small, tmp_path, Scripted(done)).run()


def test_a_result_of_another_training_is_refused(tmp_path, small, done, outcome_of):
    leave(tmp_path / "trials" / small.trials[0].key, outcome_of(small.trials[1]))
    with pytest.raises(EffbenchError, match=r"result\.json is of another run: seed is"):
        Schedule(small, tmp_path, Scripted(done)).run()


def test_steps_are_told(tmp_path, small, done):
    steps = []
    Schedule(small, tmp_path, Scripted(done), progress=steps.append).run()
    assert [step.done for step in steps] == [0, 1, 2, 3, 4, 5, 6]
    assert [round(6 * step.share) for step in steps] == [0, 1, 2, 3, 4, 5, 6]
    assert {step.total for step in steps} == {6}


def test_an_answer_is_read(small, outcome_of):
    work = Work(trial=small.trials[0], folder=Path())
    outcome = outcome_of(small.trials[0])
    assert answered(work, outcome.as_entry()).outcome == outcome
    assert answered(work, {"error": "no", "again": False}) == Ended(work, failed="no")
    assert answered(work, {"error": "no", "again": True}) == Ended(work, lost="no")
    assert answered(work, "words").failed == "its answer is not a result: words"
    other = dataclasses.replace(outcome, key="0" * 16)
    assert answered(work, other.as_entry()).failed.startswith("it answered for another training")
