"""A baseline without a second revision: relative times kept in the repository, and a new recording against them.

On the machine that made it, the unit is the recording: what varies between recordings is the error. On another machine
the unit is the machine: how far the ratio of model and kernel moves from machine to machine is the error, and while
fewer than three are on file that is not known and nothing is decided.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

from effbench.errors import EffbenchError
from effbench.files.atomic import write_files
from effbench.files.document import read_json
from effbench.files.locks import alone
from effbench.gate.outcome import FAIL, INCONCLUSIVE, PASS, Effect, Verdict, effect_of
from effbench.gate.relative import KERNELS, Recording
from effbench.gate.unpaired import ALPHA, difference, verdict
from effbench.profiling.worker.clock import gate_clocks
from effbench.profiling.worker.job import Job
from effbench.stats.checked import finite, times

SCHEMA = 1
PLACE = Path("baselines/throughput.json")
MARGIN = 0.10
LEAST = 3
"""Recordings or machines below which their spread is not known well enough to be used."""

DECIDES, OBJECTS = KERNELS
"""The matrix product decides: between processes its ratio varies half as much as that of the copy, which may object."""

Values = Mapping[str, Sequence[float]]
"""Kernel -> ln(model / kernel), one per unit."""


@dataclass(frozen=True, kw_only=True)
class RelativeVerdict(Verdict):
    """A verdict against a baseline. against: how many recordings or machines it was compared with; None: none."""

    against: str | None = None


def load(path: Path) -> list[Recording]:
    """The recordings of a baseline file.

    Raises:
        EffbenchError: there is none, or it is not one of ours.
    """
    try:
        data = read_json(path)
    except FileNotFoundError:
        raise EffbenchError(f"{path}: no baseline; effbench gate baseline record makes one") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise EffbenchError(f"{path} is not a baseline of schema {SCHEMA}")
    try:
        for number, each in enumerate(data["recordings"], start=1):
            _check(each, f"{path}: recording {number}")
            if each in data["recordings"][: number - 1]:  # as if the machine never varied
                raise EffbenchError(f"{path}: recording {number} repeats an earlier one")
    except (KeyError, TypeError, AttributeError):
        raise EffbenchError(f"{path} is not a baseline: a recording lacks its values") from None
    recordings: list[Recording] = data["recordings"]
    return recordings


def _check(recording: Recording, where: str) -> None:
    """Raise what a missing part raises; EffbenchError names a number that cannot be."""
    _ = machine_of(recording), recording["conditions"]["libraries"].items()
    times([recording["seconds"]], f"{where}, seconds")
    for label, model in recording["models"].items():
        clocks = gate_clocks(Job(**model["job"]).device) if not model["failed"] else ()
        for kernel in KERNELS:
            for clock, ratios in model["log_ratios"][kernel].items():
                finite(ratios, f"{where}, {label}, {kernel}, {clock} clock")
            if clocks and not values_of(recording, label, kernel, clocks[0]):
                raise EffbenchError(f"{where}, {label}, {kernel}: no values on the {clocks[0]} clock")
        for clock, steps in model["step_ns"].items():
            times(steps, f"{where}, {label}, step on the {clock} clock")


def save(path: Path, recordings: Sequence[Recording]) -> None:
    """Write them all; the file is whole or as it was."""
    text = json.dumps({"schema": SCHEMA, "recordings": list(recordings)}, indent=1)
    write_files({path: (text + "\n").encode()})


def add(path: Path, new: Recording, forgotten: Sequence[Recording] = ()) -> list[Recording]:
    """Add a recording to the file, which other processes may be adding to as well.

    Args:
        forgotten: recordings that lose their values of the models in the new one, where they are still in the file.

    Returns:
        What the file holds now.

    Raises:
        EffbenchError: it cannot be read or written; it is as it was.
    """
    with alone(path):
        stored = load(path) if path.exists() else []
        rest = without([each for each in stored if each in forgotten], new["models"])
        kept = [*rest, *(each for each in stored if each not in forgotten), new]
        save(path, kept)
    return kept


def machine_of(recording: Recording) -> str:
    """Digest of the machine that made it."""
    return str(recording["conditions"]["machine"])


def compare(
    stored: Sequence[Recording], new: Sequence[Recording], *, margin: float = MARGIN, alpha: float = ALPHA
) -> list[RelativeVerdict]:
    """A verdict for each model of the new recordings, all made on one machine.

    Args:
        alpha: probability over all models; each gets an equal part.
    """
    labels = list(new[0]["models"])
    return [_row(label, stored, new, margin, alpha / len(labels)) for label in labels]


def without(recordings: Sequence[Recording], jobs: Mapping[str, Any]) -> list[Recording]:
    """The recordings less the models of those labels; those that are left with none are dropped."""
    rest = [
        {**each, "models": {label: model for label, model in each["models"].items() if label not in jobs}}
        for each in recordings
    ]
    return [each for each in rest if each["models"]]


def _row(
    label: str, stored: Sequence[Recording], new: Sequence[Recording], margin: float, alpha: float
) -> RelativeVerdict:
    clock = gate_clocks(Job(**new[0]["models"][label]["job"]).device)[0]
    like = [each for each in stored if _same_job(each, new[0], label)]
    here = [each for each in like if machine_of(each) == machine_of(new[0])]
    failed = [each["models"][label]["failed"] for each in new if each["models"][label]["failed"]]
    row = RelativeVerdict(
        model=label,
        clock=clock,
        margin=margin,
        pairs=len(new),
        unit="recordings",
        base_ns=_step_ns(here, label, clock),
        head_ns=_step_ns(new, label, clock),
        minutes=sum(each["seconds"] for each in new) / 60,
        reason=failed[0] if failed else "not in the baseline",
    )
    if failed or not like:
        return row
    base = _per_recording(here, label, clock) if here else _per_machine(like, label, clock)
    unit = "from this machine" if here else "other machines"
    row = replace(row, against=f"{len(base[DECIDES])} {unit}")
    return _judged(row, base, _per_recording(new, label, clock), alpha, _moved(here or like, new[0]))


def _judged(row: RelativeVerdict, base: Values, new: Values, alpha: float, moved: Sequence[str]) -> RelativeVerdict:
    """The row with effect, verdict and reason, relative to the kernel that decides and the one that may object."""
    decides, objects = (difference(base[kernel], new[kernel], alpha) for kernel in KERNELS)
    effect = effect_of(decides)
    if len(base[DECIDES]) < LEAST:
        reason = f"on file: {row.against}; {LEAST} are needed to know how they vary"
        return replace(row, effect=Effect(change=effect.change), reason="; ".join([reason, *moved]))
    said = verdict(decides, row.margin)
    clash = said != INCONCLUSIVE and {said, verdict(objects, row.margin)} == {PASS, FAIL}
    reasons = [*([f"relative to {OBJECTS} it is the opposite"] if clash else []), *moved]
    return replace(row, effect=effect, verdict=INCONCLUSIVE if clash else said, reason="; ".join(reasons))


def _per_recording(recordings: Sequence[Recording], label: str, clock: str) -> Values:
    return {kernel: [fmean(values_of(each, label, kernel, clock)) for each in recordings] for kernel in KERNELS}


def _per_machine(recordings: Sequence[Recording], label: str, clock: str) -> Values:
    machines: dict[str, list[Recording]] = {}
    for each in recordings:
        machines.setdefault(machine_of(each), []).append(each)
    means = [_per_recording(each, label, clock) for each in machines.values()]
    return {kernel: [fmean(values[kernel]) for values in means] for kernel in KERNELS}


def _same_job(stored: Recording, new: Recording, label: str) -> bool:
    """Whether the stored recording has values of the very same job (the seed aside)."""
    model = stored["models"].get(label)
    if model is None or model["failed"]:
        return False
    return bool({**model["job"], "seed": 0} == {**new["models"][label]["job"], "seed": 0})


def values_of(recording: Recording, label: str, kernel: str, clock: str) -> list[float]:
    """ln(model / kernel) of each worker; empty where the job failed."""
    model: Mapping[str, Any] = recording["models"][label]
    values: list[float] = model["log_ratios"][kernel].get(clock, [])
    return values


def _step_ns(recordings: Sequence[Recording], label: str, clock: str) -> int | None:
    times = [ns for each in recordings for ns in each["models"][label]["step_ns"].get(clock, [])]
    return round(median(times)) if times else None


def _moved(stored: Sequence[Recording], new: Recording) -> list[str]:
    """Libraries that are not those of the baseline: a change may be theirs."""
    then, now = stored[-1]["conditions"]["libraries"], new["conditions"]["libraries"]
    changed = [name for name in now if name != "effbench" and now[name] != then.get(name)]
    return [f"{name} {then.get(name)} then, {now[name]} now" for name in changed]
