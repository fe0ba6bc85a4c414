"""What a baseline holds, and how far its values are apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from effbench.gate.baseline import DECIDES, machine_of, values_of
from effbench.gate.relative import Recording
from effbench.profiling.worker.clock import gate_clocks
from effbench.profiling.worker.job import Job


@dataclass(frozen=True, kw_only=True)
class OnFile:
    """What a baseline holds of a model on a machine.

    Attributes:
        recordings, workers: with values. relative: time of a step over that of DECIDES.
        between, within: standard deviation of its logarithm between recordings, and between workers of one.
        failed: why there is no more; None if nothing failed.
    """

    model: str
    machine: str
    recordings: int
    workers: int
    relative: float | None
    between: float | None
    within: float | None
    failed: str | None


def overview(recordings: Sequence[Recording]) -> list[OnFile]:
    """What is on file for each model and machine: relative time, and its spread between recordings and workers."""
    groups: dict[tuple[str, str], list[Recording]] = {}
    for each in recordings:
        for label in each["models"]:
            groups.setdefault((label, machine_of(each)), []).append(each)
    return [_on_file(label, machine, found) for (label, machine), found in groups.items()]


def _on_file(label: str, machine: str, recordings: Sequence[Recording]) -> OnFile:
    clock = gate_clocks(Job(**recordings[0]["models"][label]["job"]).device)[0]
    values = [values_of(each, label, DECIDES, clock) for each in recordings]
    means = [fmean(each) for each in values if each]
    within = [stdev(each) for each in values if len(each) > 1]
    failures = (each["models"][label]["failed"] for each in recordings)
    return OnFile(
        model=label,
        machine=machine,
        recordings=len(means),
        workers=sum(map(len, values)),
        relative=math.exp(fmean(means)) if means else None,
        between=stdev(means) if len(means) > 1 else None,
        within=fmean(within) if within else None,
        failed=next((reason for reason in failures if reason), None),
    )
