"""The machine's ceilings: FLOP/s of its best matrix product and bytes/s of a large copy, measured once and kept.

The fastest single step of all counts, because other work on the machine can only slow a step down. All samples and the
conditions are kept beside the result, in the user's cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from effbench.cost.roofline import Ceilings
from effbench.errors import EffbenchError
from effbench.files import cache
from effbench.files.typed import typed
from effbench.processes import environment
from effbench.processes.environment import Conditions
from effbench.processes.process import WorkerFailed
from effbench.profiling.network_worker import NetworkWorker
from effbench.profiling.noise import is_busy
from effbench.profiling.rounds import Seat, play, steps_for
from effbench.profiling.worker.clock import latency_clock
from effbench.profiling.worker.job import Job

ROUNDS = 20
SHAPES = {
    "cpu": (("kernel/gemm", 512), ("kernel/gemm", 1024), ("kernel/gemm", 2048), ("kernel/copy", 8192)),
    "cuda": (("kernel/gemm", 4096), ("kernel/gemm", 8192), ("kernel/gemm", 16384), ("kernel/copy", 16384)),
}
"""Device -> kernels and their n. No product is best on every machine; a copy must be far larger than the caches."""


@dataclass(frozen=True, kw_only=True)
class CeilingConditions(Conditions):
    """What ceilings were measured under. device, dtype, threads: as in ``Job``. ended: when."""

    device: str
    dtype: str
    threads: int
    ended: str


@dataclass(frozen=True, kw_only=True)
class MeasuredCeilings:
    """Measured ceilings.

    Attributes:
        ceilings: the best of every step. typical: the medians of the shapes that gave them.
        samples: ``kernel/NAME n`` -> nanoseconds of every step.
        kept: whether it comes from the cache.
    """

    ceilings: Ceilings
    typical: Ceilings
    conditions: CeilingConditions
    samples: Mapping[str, list[int]]
    kept: bool


def measured_ceilings(
    device: str, dtype: str, threads: int, *, again: bool = False, start: Callable[[int], NetworkWorker] = NetworkWorker
) -> MeasuredCeilings:
    """The ceilings of this machine as ``Job`` names devices and types; from the cache unless ``again``.

    Those that a busy machine gave are not kept, nor taken from the cache: other work makes them too low.

    Args:
        start: number of threads -> a worker; tests script one.

    Raises:
        EffbenchError: they cannot be measured, with the reason.
    """
    file = _file(device, dtype, threads)
    kept = None if again else _kept(cache.read(file))
    if kept is not None:
        return kept
    data = _measure(device, dtype, threads, start)
    try:
        found = _read(data, kept=False)
    except ValueError as error:
        raise EffbenchError(f"the ceilings of {device} in {dtype} cannot be measured: {error}") from None
    if not is_busy(found.conditions):
        cache.write(file, data, "the machine's ceilings")
    return found


def _file(device: str, dtype: str, threads: int) -> str:
    of = (environment.machine().machine, environment.libraries()["torch"], device, dtype, threads, SHAPES[device])
    return f"ceilings/{hashlib.sha256(repr(of).encode()).hexdigest()[:32]}.json"


def _measure(device: str, dtype: str, threads: int, start: Callable[[int], NetworkWorker]) -> dict[str, Any]:
    jobs = [Job(model=name, size=n, device=device, dtype=dtype, threads=threads) for name, n in SHAPES[device]]
    about = {"device": device, "dtype": dtype, "threads": threads, **environment.conditions().plain()}
    found: list[dict[str, Any]] = []
    clock = latency_clock(device)
    try:
        with start(threads) as worker:
            seats = []
            for job in jobs:
                loaded = worker.load(_label(job), job)
                found.append({"kernel": _label(job), "flops": loaded["flops"], "bytes": loaded["bytes"], "samples": []})
                trial = worker.turn(_label(job), 3, limit=300.0)
                seats.append(Seat(_label(job), worker, _label(job), steps_for(trial[clock])))
            for turns in play(seats, ROUNDS, Random(0)):
                for entry in found:
                    entry["samples"] += turns[entry["kernel"]][clock]
    except WorkerFailed as failed:
        raise EffbenchError(f"the ceilings of {device} in {dtype} cannot be measured: {failed}") from None
    about["ended"] = datetime.now(UTC).isoformat(timespec="seconds")
    return {"conditions": about, "kernels": found}


def _label(job: Job) -> str:
    return f"{job.model} {job.size}"


def _kept(data: Any) -> MeasuredCeilings | None:
    try:
        found = _read(data, kept=True)
        return None if is_busy(found.conditions) else found
    except (EffbenchError, AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
        return None  # nothing, or anything but ceilings


def _read(data: Mapping[str, Any], *, kept: bool) -> MeasuredCeilings:
    """Raises KeyError and its like if ``data`` is nothing that ``_measure`` makes."""
    flops, bytes_ = (_rates(data["kernels"], what) for what in ("flops", "bytes"))
    return MeasuredCeilings(
        ceilings=Ceilings(flops[0], bytes_[0]),
        typical=Ceilings(flops[1], bytes_[1]),
        conditions=typed(CeilingConditions, data["conditions"], "conditions"),
        samples={entry["kernel"]: entry["samples"] for entry in data["kernels"]},
        kept=kept,
    )


def _times(samples: Any) -> Any:
    """Nanoseconds of steps; ValueError if one of them cannot be."""
    wrong = next((ns for ns in samples if type(ns) is not int or ns <= 0), None)
    if wrong is not None or not samples:
        raise ValueError(f"{wrong} ns is not the time of a step")
    return samples


def _rates(kernels: Any, what: str) -> tuple[float, float]:
    """(best, median of the same shape) per second, of products (``flops``) or of copies (``bytes``)."""
    name = {"flops": "kernel/gemm", "bytes": "kernel/copy"}[what]
    best = max(
        (entry for entry in kernels if entry["kernel"].startswith(name)),
        key=lambda entry: entry[what] / min(_times(entry["samples"])),
    )
    if type(best[what]) is not int or best[what] <= 0:
        raise ValueError(f"{best[what]} {what} are not the work of a step")
    samples = sorted(best["samples"])
    return 1e9 * best[what] / samples[0], 1e9 * best[what] / samples[len(samples) // 2]
