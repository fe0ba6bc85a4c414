"""What a runner's own noise allows: identical pairs, kept, and the power they promise.

A timing verdict may block a change only where a slow-down worth finding would be found: where the runner was calibrated
with the same setting and the power is at least POWER.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError
from effbench.files import cache, journal
from effbench.gate.pairs import entry_log_ratio
from effbench.gate.power import Rates, rates
from effbench.gate.sequential import Plan
from effbench.profiling.worker.clock import gate_clocks
from effbench.profiling.worker.job import Job
from effbench.stats.checked import finite, times

POWER = 0.8
WORTH_FINDING = 0.05
"""The slow-down whose power decides whether timing may block."""
LEAST = 6
"""Identical pairs below which nothing is said about a runner."""


@dataclass
class Calibration:
    """Log ratios of identical pairs on one machine.

    Attributes:
        machine: digest of the machine they hold for.
        ratios: setting (``setting_of``) -> clock -> log ratio of each pair.
        seconds: of each pair.
    """

    machine: str
    ratios: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def add(self, entry: Mapping[str, Any], jobs: Mapping[str, Job]) -> None:
        """One more pair, as a journal holds it."""
        for label in entry["turns"]:
            clocks = self.ratios.setdefault(setting_of(jobs[label]), {})
            for clock in gate_clocks(jobs[label].device):
                clocks.setdefault(clock, []).append(entry_log_ratio(entry, label, clock))
        self.seconds.append(float(entry["seconds"]))

    def power(self, job: Job, plan: Plan, slower: float, models: int = 1) -> Rates | None:
        """Rates for one model at a slow-down, as one of ``models`` in the gate; None if not calibrated for it.

        The other models share the error probability and nothing else, so each is taken to be as noisy as this one.
        """
        import numpy as np

        found = self.ratios.get(setting_of(job))
        if found is None or min(map(len, found.values())) < LEAST:
            return None
        decides, objects = (np.array(found[clock])[:, None] for clock in gate_clocks(job.device))
        strict = Plan(margin=plan.margin, alpha=plan.alpha / models, looks=plan.looks)
        return rates(decides, objects, strict, slower=slower)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"machine": self.machine, "ratios": self.ratios, "seconds": self.seconds}


def setting_of(job: Job) -> str:
    """What must be equal for a calibration to hold: everything but the seed."""
    given = {key: value for key, value in job.as_dict().items() if key != "seed"}
    return " ".join(f"{key}={value}" for key, value in given.items())


def of_entries(machine: str, entries: Iterable[Mapping[str, Any]], jobs: Mapping[str, Job]) -> Calibration:
    """The calibration that these pairs make."""
    made = Calibration(machine)
    for entry in entries:
        made.add(entry, jobs)
    return made


def kept(machine: str, path: Path | None = None) -> Calibration | None:
    """The calibration of this machine, from ``path`` or where ``keep`` puts it; None if there is none.

    Raises:
        EffbenchError: the file is not a calibration, or one of another machine.
    """
    found = _kept_here(cache.read(_place(machine))) if path is None else _of_file(path)
    if found is None:
        return None
    if found.machine != machine:
        raise EffbenchError(f"{path} was made on machine {found.machine}, this is {machine}: calibrate here")
    return found


def keep(found: Calibration) -> None:
    """For the gate runs to come on this machine."""
    cache.write(_place(found.machine), found.as_dict(), "the calibration")


def keep_pair(
    found: Calibration, entry: Mapping[str, Any], jobs: Mapping[str, Job], forgotten: Calibration | None = None
) -> Calibration:
    """Add one more pair to what is kept for this machine, to which other processes may be adding theirs.

    Args:
        found: what is known so far, which the pair is added to where nothing can be kept. entry, jobs: see ``add``.
        forgotten: what is not to be kept any more.

    Returns:
        What is known now.
    """

    def change(data: Any) -> dict[str, Any]:
        now = _less(_kept_here(data) or Calibration(found.machine), forgotten or Calibration(found.machine))
        now.add(entry, jobs)
        return now.as_dict()

    kept_now = _kept_here(cache.update(_place(found.machine), change, "the calibration"))
    if kept_now is None:
        found.add(entry, jobs)
    return kept_now or found


def _less(now: Calibration, then: Calibration) -> Calibration:
    """The pairs that were added since then."""
    left = Calibration(now.machine, seconds=_added(now.seconds, then.seconds))
    for setting, clocks in now.ratios.items():
        former = then.ratios.get(setting, {})
        added = {clock: _added(values, former.get(clock, [])) for clock, values in clocks.items()}
        if any(added.values()):
            left.ratios[setting] = added
    return left


def _added(now: list[float], then: list[float]) -> list[float]:
    """What follows the earlier values; all if somebody has dropped those already."""
    return now[len(then) :] if now[: len(then)] == then else now


def _kept_here(data: Any) -> Calibration | None:
    """What the cache holds; None where it cannot be one."""
    try:
        return _checked(data)
    except (EffbenchError, AttributeError, KeyError, TypeError):
        return None


def _of_file(path: Path) -> Calibration:
    try:
        return _checked(_single(path))
    except EffbenchError as error:
        raise EffbenchError(f"{path}: {error}") from None
    except (AttributeError, KeyError, TypeError):
        raise EffbenchError(f"{path} is not a calibration; effbench gate calibrate --save makes one") from None


def _place(machine: str) -> str:
    return f"gate/{machine}.json"


def _checked(data: Mapping[str, Any]) -> Calibration:
    """The calibration in ``data``; EffbenchError names a number that cannot be, KeyError and its like a lack."""
    for setting, clocks in data["ratios"].items():
        for clock, ratios in clocks.items():
            finite(ratios, f"{setting}, {clock} clock")
        if len(set(map(len, clocks.values()))) != 1:
            raise EffbenchError(f"{setting}: the clocks have different numbers of pairs")
    times(data["seconds"], "seconds")
    return Calibration(data["machine"], data["ratios"], data["seconds"])


def _single(path: Path) -> Any:
    entries = journal.read(path)
    if len(entries) != 1:
        raise TypeError("a calibration is one line")
    return entries[0]
