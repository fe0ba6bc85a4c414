"""Models under this machine's ceilings: attainable time per block, measured time per model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import prod
from statistics import median

from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.cost.roofline import Ceilings, Part, model_flops_utilisation, under
from effbench.cost.traffic import Work, least_bytes, traffic
from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError
from effbench.models.inputs import Side
from effbench.processes.process import WorkerFailed
from effbench.profiling.jobs import model_of
from effbench.profiling.rows import Open, Plan, one_process, open_worker
from effbench.profiling.worker.clock import latency_clock
from effbench.profiling.worker.job import Job

PLAN = Plan(processes=1, samples=10)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Equal blocks of a model, one after the other.

    Attributes:
        name: ``blocks.0``, or ``blocks.0-11`` of several. times: how many. part: one of them.
    """

    name: str
    times: int
    part: Part


@dataclass(frozen=True, kw_only=True)
class Roofline:
    """A model on this machine.

    Attributes:
        job: what was measured.
        size: image size, pixels, or the shapes of other inputs.
        whole: the model, operation by operation. blocks: the same, taken apart; in execution order.
        least_seconds: if only weights, inputs and outputs had to be moved.
        uncounted: operators without a price, which are in none of these.
        samples: seconds of every step; none if it was not measured, for ``reason``.
    """

    job: Job
    size: Side
    whole: Part
    blocks: tuple[Block, ...]
    least_seconds: float
    uncounted: tuple[str, ...]
    samples: tuple[float, ...]
    reason: str | None = None

    @property
    def seconds(self) -> float | None:
        """Measured time of a step: the median."""
        return median(self.samples) if self.samples else None


def work_of(job: Job) -> list[Work]:
    """What the job's model computes and moves in a step.

    Raises:
        EffbenchError: an unknown name, a size the model cannot have, or a network that does not run or moves nothing.
    """
    counts = _step(job)[0]
    found = traffic(counts, dtype=job.dtype) if counts.moved else []
    if not found:
        raise EffbenchError(f"{job.model} reads and writes nothing that could be counted: no limit follows")
    return found


@lru_cache(maxsize=64)
def _step(job: Job) -> tuple[OpCounts, int, tuple[str, ...]]:
    """Operations of a step with what they move, elements of what goes in and comes out, and what has no price."""
    model = model_of(job)
    if model.has_formula:
        ends = 3 * prod(model.spec.image_sides) + model.spec.num_classes * len(model.branches())
        return model.cost().batch(job.batch), job.batch * ends, ()
    found = counted_network(model, batch=job.batch, moves=True)
    ends = sum(prod(one.shape) for one in model.called_with(job.batch)) + found.given
    return found.forward, ends, tuple(map(str, found.uncounted))


def _least(job: Job) -> Work:
    """The whole model, if only weights, inputs and outputs had to be moved."""
    counts, ends, _ = _step(job)
    macs = int(convention("macs").total(counts))
    return Work(path="", kind="", macs=macs, bytes=least_bytes(counts, ends, dtype=job.dtype))


def roofline(
    job: Job, ceilings: Ceilings, plan: Plan = PLAN, start: Open = open_worker, *, depth: int | None = None
) -> Roofline:
    """One model under the roof, measured in a process of its own; a failure there is its ``reason``.

    Args:
        depth: take the model apart by modules, paths cut to so many names; None: by blocks.
    """
    model, work = model_of(job), work_of(job)
    try:
        samples, reason = one_process(job, plan, start)["samples"][latency_clock(job.device)], None
    except WorkerFailed as failed:
        samples, reason = [], f"{failed.kind}: {failed}"
    return Roofline(
        job=job,
        size=model.size,
        whole=under(ceilings, work),
        blocks=tuple(_blocks(ceilings, work, depth)),
        least_seconds=ceilings.seconds(_least(job)),
        uncounted=_step(job)[2],
        samples=tuple(nanoseconds / 1e9 for nanoseconds in samples),
        reason=reason,
    )


def block_of(path: str) -> str:
    """The part of a model that a module belongs to: up to the last number in its path, else its first name.

    ``blocks.3.mlp.fc1`` -> ``blocks.3``; ``patch_embed.proj`` -> ``patch_embed``; of branches, what is beside their
    blocks stays together: ``branches.0.head`` -> ``branches.0``.
    """
    names = path.split(".")
    numbers = [place for place, name in enumerate(names) if name.isdecimal()]
    return ".".join(names[: numbers[-1] + 1 if numbers else 1])


def _blocks(ceilings: Ceilings, work: Sequence[Work], depth: int | None) -> list[Block]:
    groups: dict[str, list[Work]] = {}
    for one in work:
        name = block_of(one.path) if depth is None else ".".join(one.path.split(".")[:depth])
        groups.setdefault(name or "(model)", []).append(one)
    parts = [Block(name=name, times=1, part=under(ceilings, group)) for name, group in groups.items()]
    return [_joined(list(equal)) for _, equal in groupby(parts, key=lambda b: (_stem(b.name), b.part))]


def _stem(name: str) -> str:
    """A numbered block's name without the number."""
    stem, _, number = name.rpartition(".")
    return stem if number.isdecimal() else name


def _joined(equal: Sequence[Block]) -> Block:
    first, last = equal[0], equal[-1]
    name = first.name if len(equal) == 1 else f"{first.name}-{last.name.rpartition('.')[2]}"
    return Block(name=name, times=len(equal), part=first.part)


def rows(found: Roofline, ceilings: Ceilings) -> list[dict[str, object]]:
    """The model (``record`` = model), then its blocks (``record`` = block); seconds are of a whole batch."""
    job, seconds = found.job, found.seconds
    about = {"model": job.model, "size": found.size, "batch": job.batch, "device": job.device, "dtype": job.dtype}
    about |= {"threads": job.threads}
    measured = {
        "least_seconds": found.least_seconds,
        "measured_seconds": seconds,
        "images_per_s": seconds and job.batch / seconds,
        "attained_share": seconds and found.whole.seconds / seconds,
        "mfu": seconds and model_flops_utilisation(found.whole.macs, seconds, ceilings.flop_per_s),
        "samples": list(found.samples),
        "reason": found.reason,
        "uncounted": list(found.uncounted),
    }
    whole = {"record": "model", **about, "block": None, "times": 1, **_predicted(found.whole, 1), **measured}
    parts = [
        {"record": "block", **about, "block": b.name, "times": b.times, **_predicted(b.part, b.times)}
        for b in found.blocks
    ]
    return [whole, *parts]


def _predicted(part: Part, times: int) -> dict[str, object]:
    """Sums over ``times`` equal parts."""
    return {
        "macs": times * part.macs,
        "bytes": times * part.bytes,
        "intensity": part.intensity,
        "bound": part.bound,
        "memory_share": part.memory_seconds / part.seconds,
        "attainable_flop_per_s": part.flop_per_s,
        "attainable_seconds": times * part.seconds,
    }
