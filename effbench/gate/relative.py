"""A model's time in units of reference kernels that take turns with it in one process, over several fresh processes.

What the machine does to the kernels it does to the model as well, so the ratio moves less than the time: that makes it
worth keeping. The kernels belong to effbench and not to the revision that is measured.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from effbench.errors import EffbenchError
from effbench.processes.environment import conditions
from effbench.processes.process import WorkerFailed
from effbench.profiling.network_worker import START_LIMIT, NetworkWorker
from effbench.profiling.rounds import TURN, Seat, play, require_moved, steps_for
from effbench.profiling.worker.clock import comparable, gate_clocks
from effbench.profiling.worker.job import Job
from effbench.stats.paired import log_ratio

KERNELS = ("kernel/gemm", "kernel/copy")
"""Bound by arithmetic and by memory: what a network does lies between."""

WARM_STEPS = 3
STEP_LIMIT = 120.0

Recording = dict[str, Any]
"""One recording: ``conditions``, ``seed``, ``seconds`` and ``models``. Each of these has its ``job``, ``log_ratios``
(kernel -> clock -> a value per worker), ``step_ns`` (clock -> a value per worker), ``failed`` (reason, or None)."""


def record(
    jobs: Mapping[str, Job],
    *,
    workers: int,
    rounds: int,
    seed: int = 0,
    folder: Path | None = None,
    open_worker: Callable[..., NetworkWorker] = NetworkWorker,
    done: Callable[[], None] = lambda: None,
) -> Recording:
    """Measure every job in each of ``workers`` fresh processes.

    Args:
        jobs: label -> what to measure. rounds: turns of the model and of each kernel in each process.
        seed: of the order of turns. folder: whose revision is recorded.
        open_worker, done: called for each process and after each model in it.

    A job that fails is named with its reason and has no values; the others go on.
    """
    order = Random(seed)
    recording: Recording = {"conditions": conditions(folder), "seed": seed, "workers": workers, "rounds": rounds}
    start = time.monotonic()
    found: dict[str, Any] = {label: _nothing(job) for label, job in jobs.items()}
    for _ in range(workers):
        waiting = [label for label in jobs if found[label]["failed"] is None]
        while waiting:  # a lost process is opened again for the models after the one that lost it
            waiting = _one_process(jobs, waiting, found, rounds, order, open_worker, done)
    return {**recording, "seconds": round(time.monotonic() - start, 1), "models": found}


def label_of(job: Job) -> str:
    """The job in one word or two: the model, and what differs from one image in fp32."""
    plain = Job(model=job.model)
    parts = [f"{name} {getattr(job, name)}" for name in ("size", "batch", "dtype", "mode", "task", "device", "threads")]
    differs = [part for part in parts if getattr(job, part.split()[0]) != getattr(plain, part.split()[0])]
    return ", ".join([job.model, *differs])


def _nothing(job: Job) -> dict[str, Any]:
    return {"job": job.as_dict(), "log_ratios": {kernel: {} for kernel in KERNELS}, "step_ns": {}, "failed": None}


def _one_process(
    jobs: Mapping[str, Job],
    labels: Sequence[str],
    found: dict[str, Any],
    rounds: int,
    order: Random,
    open_worker: Callable[..., NetworkWorker],
    done: Callable[[], None],
) -> list[str]:
    """Measure the labels in one fresh process; those left when it was lost."""
    with open_worker(max(jobs[label].threads for label in labels), sys.executable) as worker:
        for place, label in enumerate(labels, start=1):
            try:
                _keep(found[label], _measured(worker, jobs[label], rounds, order))
            except WorkerFailed as error:
                found[label] = {**_nothing(jobs[label]), "failed": f"{error.kind}: {error}"}
                if error.lost:
                    done()
                    return list(labels[place:])
            done()
    return []


def _keep(model: dict[str, Any], values: Mapping[str, Mapping[str, float]]) -> None:
    for kernel in KERNELS:
        for clock, value in values[kernel].items():
            model["log_ratios"][kernel].setdefault(clock, []).append(round(value, 6))
    for clock, value in values["step_ns"].items():
        model["step_ns"].setdefault(clock, []).append(round(value))


def _measured(worker: NetworkWorker, job: Job, rounds: int, order: Random) -> dict[str, dict[str, float]]:
    """Kernel -> clock -> ln(time of a step of the model / of the kernel); and ``step_ns`` of the model."""
    names = {"model": job, **{kernel: _kernel_job(kernel, job) for kernel in KERNELS}}
    seats = [_seat(worker, name, each) for name, each in names.items()]
    played = play(seats, 1 + rounds, order)[1:]  # the first round warms up
    for name in names:
        worker.ask({"do": "drop", "key": name}, START_LIMIT)
    steps = {seat.name: seat.steps for seat in seats}
    clocks = comparable(played[0]["model"])
    require_moved(played, clocks)
    ratios = {
        kernel: {
            clock: log_ratio(played, kernel, "model", clock) - math.log(steps["model"] / steps[kernel])
            for clock in clocks
        }
        for kernel in KERNELS
    }
    times = {clock: sorted(ns for turns in played for ns in turns["model"][clock]) for clock in ratios[KERNELS[0]]}
    return {**ratios, "step_ns": {clock: ns[len(ns) // 2] for clock, ns in times.items()}}


def _kernel_job(kernel: str, job: Job) -> Job:
    """The kernel where the model runs: same device, dtype and threads."""
    return replace(Job(model=kernel), device=job.device, dtype=job.dtype, threads=job.threads)


def _seat(worker: NetworkWorker, name: str, job: Job) -> Seat:
    try:
        worker.load(name, job)
    except WorkerFailed as error:
        raise error if name == "model" else EffbenchError(f"{job.model} cannot be measured: {error}") from None
    clock, _ = gate_clocks(job.device)
    warm = worker.turn(name, WARM_STEPS, START_LIMIT)
    return Seat(name, worker, name, steps_for(warm[clock], TURN), STEP_LIMIT)
