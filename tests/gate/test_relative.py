"""Relative times from scripted workers: exact numbers, failures by name, seeds that repeat."""

from __future__ import annotations

import json
import math
from typing import Any, ClassVar

import pytest

from effbench.errors import EffbenchError
from effbench.gate.relative import KERNELS, label_of, record
from effbench.processes.process import WorkerFailed
from effbench.profiling.worker.job import Job

STEP = {"kernel/gemm": 1_000_000, "kernel/copy": 4_000_000, "a": 2_000_000, "b": 8_000_000}
"""CPU nanoseconds of a step; wall is three times as long."""


class Scripted:
    """A worker on a fake clock. ``breaks`` maps a model to the failure its load raises."""

    opened: ClassVar[list[Scripted]] = []

    def __init__(self, breaks: dict[str, WorkerFailed], threads: int, python: str) -> None:
        self.threads, self.breaks, self.jobs, self.asked = threads, breaks, {}, []
        Scripted.opened.append(self)

    def load(self, key: str, job: Job) -> dict[str, Any]:
        if job.model in self.breaks:
            raise self.breaks[job.model]
        self.jobs[key] = job
        return {}

    def turn(self, key: str, steps: int, limit: float) -> dict[str, list[int]]:
        self.asked.append((key, steps))
        time = STEP[self.jobs[key].model]
        return {"cpu": [time] * steps, "wall": [3 * time] * steps, "launch": [1] * steps}

    def ask(self, request: dict[str, Any], limit: float) -> dict[str, Any]:
        assert request["do"] == "drop"
        del self.jobs[request["key"]]
        return {}

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *error: object) -> None:
        assert self.breaks or not self.jobs


def recorded(
    *jobs: Job, breaks: dict[str, WorkerFailed] | None = None, workers: int = 2, **given: Any
) -> dict[str, Any]:
    Scripted.opened = []

    def open_worker(threads: int, python: str) -> Scripted:
        return Scripted(breaks or {}, threads, python)

    return record({label_of(job): job for job in jobs}, workers=workers, rounds=3, open_worker=open_worker, **given)


def test_the_ratio_is_that_of_the_steps_whatever_their_number_in_a_turn():
    """a takes 2 ms, gemm 1 ms, copy 4 ms: ln 2 and ln 1/2; a turn of 50 ms has 25, 50 and 12 steps of them."""
    found = recorded(Job(model="a"))["models"]["a"]
    assert found["log_ratios"]["kernel/gemm"]["cpu"] == pytest.approx([math.log(2)] * 2, abs=1e-6)
    assert found["log_ratios"]["kernel/copy"]["cpu"] == pytest.approx([math.log(0.5)] * 2, abs=1e-6)
    assert found["log_ratios"]["kernel/gemm"]["wall"] == pytest.approx([math.log(2)] * 2, abs=1e-6)
    assert found["step_ns"] == {"cpu": [2_000_000] * 2, "wall": [6_000_000] * 2}
    assert found["failed"] is None
    asked = Scripted.opened[0].asked
    assert {each for each in asked if each[1] > 3} == {("model", 25), ("kernel/gemm", 50), ("kernel/copy", 12)}
    assert len(asked) == 3 + 3 * (1 + 3)  # warm-up steps, a warm-up round, three rounds


def test_every_worker_is_a_fresh_process_and_all_models_are_in_it():
    found = recorded(Job(model="a"), Job(model="b", threads=2), workers=3)
    assert len(Scripted.opened) == 3
    assert [worker.threads for worker in Scripted.opened] == [2, 2, 2]
    assert [len(model["log_ratios"]["kernel/gemm"]["cpu"]) for model in found["models"].values()] == [3, 3]


def test_one_seed_one_order():
    def order(seed: int) -> list[Any]:
        recorded(Job(model="a"), seed=seed)
        return [worker.asked for worker in Scripted.opened]

    assert order(1) == order(1)
    assert any(order(1) != order(seed) for seed in (2, 3, 4))


def test_kernels_run_where_the_model_does():
    jobs = []

    class Watched(Scripted):
        def load(self, key, job):
            jobs.append((key, job))
            return super().load(key, job)

    job = Job(model="a", dtype="bf16", threads=2, batch=8, size=64)
    record({"a": job}, workers=1, rounds=1, open_worker=lambda threads, python: Watched({}, threads, python))
    kernels = [each for key, each in jobs if key in KERNELS]
    assert [(each.dtype, each.threads, each.batch, each.size) for each in kernels] == [("bf16", 2, 1, None)] * 2


def test_a_model_that_raises_is_named_and_the_others_go_on():
    found = recorded(Job(model="a"), Job(model="b"), breaks={"a": WorkerFailed("model", "ValueError: odd size")})
    assert found["models"]["a"]["failed"] == "model: ValueError: odd size"
    assert found["models"]["a"]["log_ratios"] == {kernel: {} for kernel in KERNELS}
    assert len(found["models"]["b"]["log_ratios"]["kernel/gemm"]["cpu"]) == 2
    assert len(Scripted.opened) == 2


def test_after_a_lost_process_the_rest_get_a_new_one():
    """First process: a kills it, a second one measures b; the second worker is opened for b alone."""
    found = recorded(Job(model="a"), Job(model="b"), breaks={"a": WorkerFailed("killed", "killed by SIGKILL")})
    assert found["models"]["a"]["failed"] == "killed: killed by SIGKILL"
    assert len(found["models"]["b"]["log_ratios"]["kernel/gemm"]["cpu"]) == 2
    assert len(Scripted.opened) == 3


def test_without_kernels_there_is_nothing_to_relate_to():
    with pytest.raises(EffbenchError, match="kernel/gemm cannot be measured: no such dtype"):
        recorded(Job(model="a"), breaks={"kernel/gemm": WorkerFailed("model", "no such dtype")})


def test_a_recording_says_under_which_conditions_and_is_json():
    found = recorded(Job(model="a"))
    assert json.loads(json.dumps(found)) == found
    assert {"machine", "libraries", "load", "commit"} <= found["conditions"].keys()
    assert found["seconds"] >= 0


def test_progress_is_told_for_every_model_of_every_worker():
    calls = []
    recorded(Job(model="a"), Job(model="b"), workers=3, done=lambda: calls.append(1))
    assert len(calls) == 6


@pytest.mark.parametrize(
    ("job", "label"),
    [
        (Job(model="a"), "a"),
        (Job(model="a", seed=7), "a"),
        (Job(model="a", batch=8, size=64), "a, size 64, batch 8"),
        (Job(model="a", task="train", threads=2), "a, task train, threads 2"),
    ],
)
def test_a_label_says_what_is_unusual(job, label):
    assert label_of(job) == label


def test_a_real_worker():
    pytest.importorskip("torch")
    found = record({"ravit_cifar10:1-3": Job(model="ravit_cifar10:1-3")}, workers=1, rounds=2)
    model = found["models"]["ravit_cifar10:1-3"]
    assert model["failed"] is None
    assert all(-10 < values["cpu"][0] < 10 for values in model["log_ratios"].values())


class Cold(Scripted):
    """The first turn after the warm-up steps takes a hundred times as long."""

    def turn(self, key, steps, limit):
        clocks = super().turn(key, steps, limit)
        slow = 100 if [name for name, _ in self.asked].count(key) == 2 and key == "model" else 1
        return {clock: [slow * ns for ns in times] for clock, times in clocks.items()}


def test_the_round_that_warms_up_does_not_count():
    found = record({"a": Job(model="a")}, workers=1, rounds=1, open_worker=lambda *how: Cold({}, *how))
    assert found["models"]["a"]["log_ratios"]["kernel/gemm"]["cpu"] == [round(math.log(2), 6)]


def test_a_clock_that_stands_still_fails_the_model_by_name():
    class Still(Scripted):
        def turn(self, key, steps, limit):
            clocks = super().turn(key, steps, limit)
            return {**clocks, "wall": [0] * steps if key == "kernel/copy" else clocks["wall"]}

    found = record({"a": Job(model="a")}, workers=1, rounds=1, open_worker=lambda *how: Still({}, *how))
    assert found["models"]["a"]["failed"].startswith("unavailable: the wall clock gave 0 ns for a turn of ")
