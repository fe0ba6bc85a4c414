"""Runs saved by pytest-benchmark (``--benchmark-json``), several a side, compared with the run as the unit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from effbench.errors import EffbenchError
from effbench.files.document import read_json
from effbench.gate.outcome import Effect, Verdict, effect_of
from effbench.gate.unpaired import ALPHA, difference, verdict
from effbench.profiling.worker.clock import WALL
from effbench.stats.checked import times

NOT_KNOWN = "one run a side: how runs differ is not known, and the spread within one does not say"


@dataclass(frozen=True)
class Run:
    """One file.

    Attributes:
        path: where it was. machine: processor and system it was made on, as far as the file says.
        medians: full name of a benchmark -> median of its rounds, seconds.
    """

    path: Path
    machine: str
    medians: dict[str, float]


def load(path: Path) -> Run:
    """Read one run.

    Raises:
        EffbenchError: no such file, not JSON, not a file of pytest-benchmark, or a median that is not a time.
    """
    try:
        data = read_json(path)
    except FileNotFoundError:
        raise EffbenchError(f"{path}: no such file") from None
    try:
        medians = {str(each["fullname"]): each["stats"]["median"] for each in data["benchmarks"]}
        for name, value in medians.items():
            times([value], f"{path}, median of {name}")
        return Run(path, _machine(data.get("machine_info") or {}), medians)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise EffbenchError(f"{path} is not a file of pytest-benchmark (--benchmark-json FILE makes one)") from None


def compare(
    base: Sequence[Run], head: Sequence[Run], *, margin: float, alpha: float = ALPHA, spread: float | None = None
) -> list[Verdict]:
    """A verdict for each benchmark of either side, in the order of the files.

    Args:
        margin: tolerated slow-down, a fraction.
        alpha: probability over all benchmarks of failing although none is slower than the margin; each gets an equal
            part. Within a side, runs count as independent.
        spread: standard deviation of ln(median) between runs of one revision, where it was measured before.
    """
    names = list(dict.fromkeys(name for run in (*base, *head) for name in run.medians))
    in_both = [name for name in names if _medians(base, name) and _medians(head, name)]
    machines = {run.machine for run in (*base, *head)}
    return [_row(name, base, head, machines, margin, alpha / max(1, len(in_both)), spread) for name in names]


def _row(
    name: str,
    base: Sequence[Run],
    head: Sequence[Run],
    machines: set[str],
    margin: float,
    alpha: float,
    spread: float | None,
) -> Verdict:
    before, after = _medians(base, name), _medians(head, name)
    row = Verdict(
        model=name,
        clock=WALL,
        margin=margin,
        pairs=min(len(before), len(after)),
        unit="runs a side",
        base_ns=_nanoseconds(before),
        head_ns=_nanoseconds(after),
    )
    if not before or not after:
        return replace(row, reason=f"only in {'head' if after else 'base'}")
    found = difference(list(map(math.log, before)), list(map(math.log, after)), alpha, spread)
    effect = effect_of(found)
    if len(machines) > 1:
        reason = f"made on different machines: {'; '.join(sorted(machines))}"
        return replace(row, effect=Effect(change=effect.change), reason=reason)
    reason = "" if math.isfinite(found.low) else NOT_KNOWN
    return replace(row, effect=effect, verdict=verdict(found, margin), reason=reason)


def _medians(runs: Sequence[Run], name: str) -> list[float]:
    """Seconds, of the runs that have it."""
    return [run.medians[name] for run in runs if name in run.medians]


def _nanoseconds(seconds: Sequence[float]) -> int | None:
    return round(1e9 * median(seconds)) if seconds else None


def _machine(info: Mapping[str, object]) -> str:
    about = info.get("cpu")
    cpu: Mapping[str, object] = about if isinstance(about, Mapping) else {}
    name = cpu.get("brand_raw") or cpu.get("brand") or info.get("processor") or info.get("machine") or "unknown"
    return f"{name}, {info.get('system', 'unknown system')}"
