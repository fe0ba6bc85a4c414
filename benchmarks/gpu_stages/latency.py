"""Stage ``latency``: CI2P-ViT against ViT-B/16, the rows of Table I, early exits, and models under the roof.

Networks that are compared are loaded into one process and take turns in random order (``profiling.rounds``).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from random import Random
from statistics import median
from typing import Any

import early_exit_speed

from effbench.processes.process import WorkerFailed
from effbench.profiling.network_worker import NetworkWorker
from effbench.profiling.roofline import PLAN, roofline, rows
from effbench.profiling.rounds import Seat, play, steps_for
from effbench.profiling.steady import warm_up
from effbench.profiling.worker.clock import latency_clock
from effbench.profiling.worker.job import Job

from . import step
from .records import Found, Records, Setting, Skipped

STAGE = "latency"
SIDES = (256, 384, 512)
PAIR = ("vit_base_patch16", "ci2p_vit")
TABLE = ("ravit_cifar10:1-3", "vit_cifar10:3", "vit_cifar10:4", "vit_cifar10:5")
SMOKE_PAIR = ("vit_cifar10:3,width=16,num_heads=2", "ravit_cifar10:1-1,width=16,num_heads=2")
ROUNDS = 12
WARM_SECONDS = 3.0
ENERGY_SECONDS = 1.5
LIMIT = 60.0
"""Seconds that a process may take for one answer."""


def run(setting: Setting, records: Records) -> None:
    """The most telling comparison first."""
    for dtype, batch, mode in _ways(setting):
        base = Job(model="", batch=batch, device=setting.device, dtype=dtype, mode=mode)
        name = f"{dtype}, batch {batch}, {mode}"
        records.unit(STAGE, f"Table I, {name}", partial(_compared, _table(setting, base)))
        if not setting.smoke:
            records.unit(STAGE, f"CI2P-ViT and ViT-B/16, {name}", partial(_compared, _pair(base)))
    records.unit(STAGE, "early exits", lambda: _early_exits(setting))
    for job in _roofs(setting):
        records.unit(STAGE, f"roofline, {job.model} at {job.size}", partial(_under_the_roof, setting, job))


def _ways(setting: Setting) -> list[tuple[str, int, str]]:
    """(dtype, batch, mode)."""
    if setting.smoke:
        return [("fp32", 2, "eager"), ("fp32", 2, "cuda_graph")]
    throughput = [("bf16", 64, "eager"), ("bf16", 1, "eager")]
    return [*throughput, ("bf16", 1, "cuda_graph"), ("fp32", 64, "eager")]


def _table(setting: Setting, base: Job) -> list[Job]:
    """Rows of Table I; where throughput is asked for, at the paper's batch of 256."""
    batch = 256 if base.batch > 2 else base.batch
    return [replace(base, model=name, batch=batch) for name in (SMOKE_PAIR if setting.smoke else TABLE)]


def _pair(base: Job) -> list[Job]:
    return [replace(base, model=name, size=side) for side in SIDES for name in PAIR]


def _roofs(setting: Setting) -> list[Job]:
    base = Job(model=SMOKE_PAIR[0], size=32, batch=2, device=setting.device, dtype="fp32")
    if setting.smoke:
        return [base]
    base = replace(base, dtype="bf16", batch=64)
    large = [replace(base, model=name, size=side) for side in SIDES for name in PAIR]
    return [replace(base, model=TABLE[0], batch=256), *large]


def _compared(jobs: Sequence[Job]) -> Found:
    """All jobs in one process; one that cannot be loaded is named, and the others go on."""
    if jobs[0].mode == "cuda_graph" and jobs[0].device != "cuda":
        raise Skipped("CUDA graphs need an NVIDIA GPU")
    clock, found, absent = latency_clock(jobs[0].device), {}, {}
    with NetworkWorker(threads=jobs[0].threads) as worker:
        seats = []
        for job in jobs:
            try:
                seats.append(_seat(worker, job, found))
            except WorkerFailed as failure:
                if failure.lost:
                    raise
                absent[_label(job)] = f"{failure.kind}: {failure}"
        for turns in play(seats, ROUNDS, Random(0)) if seats else []:
            for name, turn in turns.items():
                found[name]["samples"].append(turn)
        for seat in seats:
            found[seat.name]["energy"] = _energy(worker, seat, found[seat.name]["warm"]["step_ns"])
        state = worker.ask({"do": "state", "key": ""}, LIMIT) if jobs[0].device == "cuda" else {}
    if not found:
        raise Skipped("; ".join(f"{name}: {why}" for name, why in absent.items()))
    for one in found.values():
        one["median_ns"] = median(value for turn in one["samples"] for value in turn[clock])
    return Found(_says(found, absent), {"clock": clock, "found": found, "absent": absent, "state": state})


def _seat(worker: NetworkWorker, job: Job, found: dict[str, dict[str, Any]]) -> Seat:
    """Load and warm up."""
    name = _label(job)
    loaded = worker.load(name, job, LIMIT)
    warmth = warm_up(lambda steps: worker.turn(name, steps, LIMIT), loaded["first"], WARM_SECONDS)
    found[name] = {"job": job.as_dict(), "params": loaded["params"], "warm": asdict(warmth), "samples": []}
    return Seat(name, worker, name, steps_for([warmth.step_ns]), LIMIT)


def _energy(worker: NetworkWorker, seat: Seat, step_ns: int) -> dict[str, Any]:
    steps = steps_for([step_ns], ENERGY_SECONDS)
    return worker.ask({"do": "energy", "key": seat.key, "steps": steps}, LIMIT)


def _label(job: Job) -> str:
    return job.model if job.size is None else f"{job.model} at {job.size}"


def _says(found: dict[str, dict[str, Any]], absent: dict[str, str]) -> str:
    parts = []
    for name, one in found.items():
        batch, energy = one["job"]["batch"], one["energy"]
        joules = f", {1e3 * energy['joules'] / energy['steps'] / batch:.2f} mJ" if "joules" in energy else ""
        parts.append(f"{name}: {one['median_ns'] / 1e6:.3f} ms, {batch / one['median_ns'] * 1e9:,.0f} images/s{joules}")
    return "; ".join([*parts, *(f"{name} not measured ({why})" for name, why in absent.items())])


def _early_exits(setting: Setting) -> Found:
    """``benchmarks/early_exit_speed.py`` at batch 256 in bf16."""
    args = argparse.Namespace(
        **{"batch": 8 if setting.smoke else 256, "shares": [0.0, 50.0] if setting.smoke else [0.0, 25.0, 50.0, 75.0]},
        **{"rounds": 4 if setting.smoke else 31, "threads": 1, "device": setting.device, "seed": 0, "single": False},
        **{"clock": "wall", "micro_batch": None, "compiled": False},
    )
    dtype, name = ("fp32", SMOKE_PAIR[1]) if setting.smoke else ("bf16", TABLE[0])
    found = early_exit_speed.rows(name, dtype, args)
    says = [f"{row['share']:.0f} % leave: {row['adaptive']:.2f} of {row['predicted']:.2f} times" for row in found]
    return Found("; ".join(says), {"rows": found, "arguments": vars(args)})


def _under_the_roof(setting: Setting, job: Job) -> Found:
    ceilings = step.measured(setting, job.dtype).ceilings
    found = roofline(job, ceilings, replace(PLAN, warm_seconds=WARM_SECONDS, seconds=1.0, limit=2 * LIMIT))
    if found.reason:
        raise Skipped(found.reason)
    made = rows(found, ceilings)
    whole = made[0]
    says = f"{1e3 * whole['measured_seconds']:.3f} ms, {100 * whole['mfu']:.1f} % of the peak of products"
    return Found(f"{says}, {100 * whole['attained_share']:.1f} % of the roof", {"rows": made})
