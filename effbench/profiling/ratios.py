"""What the sets of a comparison gave: ratios of time with intervals, beside what operation counts predict."""

from __future__ import annotations

import math
from functools import cache
from statistics import median
from typing import Any

from effbench.cost.convention import convention
from effbench.counting.operations import counted_network, operations
from effbench.errors import EffbenchError
from effbench.models.inputs import Side, parse_inputs
from effbench.models.registry import resolve
from effbench.profiling.sets import Comparison
from effbench.profiling.worker.clock import RATIO, clocks_for
from effbench.profiling.worker.job import Job
from effbench.stats.paired import interval, log_ratio

Flat = dict[str, Any]


def flat(made: Comparison) -> list[Flat]:
    """A row per model, the base first: seconds per step, ``wall_step`` and ``cpu_step`` or ``device_step``; ratios.

    ``macs_ratio`` is predicted, of one step: forward, and in training backward, too. A ratio without its interval comes
    from one set.
    """
    return [_row(made, index) for index in range(len(made.jobs))]


def _row(made: Comparison, index: int) -> Flat:
    job, base = made.jobs[index], made.jobs[0]
    about = {name: value for name, value in job.as_dict().items() if name != "seed"}
    troubles = [*made.failures, *([made.stopped] if made.stopped else [])]
    row = {
        **about,
        "against": base.model,
        "status": "measured" if len(made.sets) >= made.wanted else troubles[-1][0],
        "reason": "; ".join(dict.fromkeys(said for _, said in troubles)) or None,
        "sets": len(made.sets),
        "macs": step_macs(job),
        "macs_ratio": step_macs(job) / step_macs(base),
    }
    if made.sets:
        row["steady"] = all(one["warm"][job.model]["steady"] for one in made.sets)
        for clock in clocks_for(RATIO, job.device):
            row |= _clock(made, job.model, clock)
    return row


def _clock(made: Comparison, model: str, clock: str) -> Flat:
    """Seconds of a step, and the ratio to the base with its interval."""
    steps = [value for one in made.sets for turns in one["rounds"] for value in turns[model][clock]]
    found: Flat = {
        f"{clock}_step": median(steps) / 1e9,
        f"{clock}_ratio": None,
        f"{clock}_low": None,
        f"{clock}_high": None,
    }
    base = made.jobs[0].model
    try:
        logs = [log_ratio(one["rounds"], base, model, clock) for one in made.sets]
    except (ValueError, EffbenchError):  # no sets, or a clock that did not move: a step that only waits has no CPU time
        return found
    mean, low, high = interval(logs)
    found[f"{clock}_ratio"] = math.exp(mean)
    if math.isfinite(high):
        found |= {f"{clock}_low": math.exp(low), f"{clock}_high": math.exp(high)}
    return found


def step_macs(job: Job) -> int:
    """Multiply-accumulates of one step of a job; errors as those of ``macs``."""
    found = macs(job.model, job.size, job.task, job.inputs)
    return found if job.inputs else found * job.batch


@cache
def macs(name: str, size: Side | None, task: str, inputs: str = "") -> int:
    """Multiply-accumulates of one image, or of the inputs: forward, and in training backward, too.

    Raises:
        EffbenchError: the network cannot be counted.
    """
    prices = convention("macs")
    if task == "infer":
        return int(prices.total(operations(name, size, inputs).counts))
    found = counted_network(resolve(name, size, parse_inputs(inputs.split())), backward=True)
    return sum(int(prices.total(part)) for part in (found.forward, found.backward, found.recomputed) if part)
