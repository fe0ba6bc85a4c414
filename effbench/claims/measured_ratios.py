"""Ratios of time measured in lock-step, as far as a claim of speed is about them.

Read from what ``effbench profile A B --relative-to A --out FILE.jsonl`` wrote, or from a summary of such files
(``.json``). A summary ships with the package (``audit/measured``): raw samples are too many for it, and their intervals
need SciPy.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effbench.claims.speed import SpeedTest, speed_tests
from effbench.errors import EffbenchError, MissingExtra
from effbench.files import journal
from effbench.models.registry import resolve
from effbench.profiling.measured import joined
from effbench.profiling.visits import KINDS, Entry
from effbench.stats.paired import interval, log_ratio

SHIPPED = Path(__file__).parent / "measured"

CONDITIONS = ("machine", "cpu", "cores", "accelerator", "system", "libraries", "commit", "dirty", "load")

TYPES = {"str": str, "int": int, "bool": bool}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A ratio of time measured in lock-step.

    Attributes:
        model, against: whose time is divided by whose. batch, dtype, mode, task, device, threads: as in ``Job``.
        size: image side of both, pixels. clock: ``device`` on a GPU, ``wall`` on a CPU.
        ratio, low, high: with a 95 % interval over ``sets`` fresh sets, which one set has not.
        steady: whether both had settled after their warm-up, in every set.
        conditions: CONDITIONS of all sets, as ``measured.joined`` puts them together. ended: when the last set did.
    """

    model: str
    against: str
    size: int
    batch: int
    dtype: str
    mode: str
    task: str
    device: str
    threads: int
    clock: str
    ratio: float
    low: float | None
    high: float | None
    sets: int
    steady: bool
    conditions: Mapping[str, Any]
    ended: str

    def tests(self, test: SpeedTest) -> bool:
        """Whether it is the measurement that the test asks for."""
        return (self.model, self.against, self.size, self.task) == (test.model, test.against, test.size, test.task)

    @property
    def where(self) -> str:
        """The machine and how it was used, in words."""
        device = self.conditions["accelerator"] if self.device == "cuda" else self.conditions["cpu"]
        threads = "" if self.device == "cuda" else f", {self.threads} thread{'s' if self.threads > 1 else ''}"
        return f"{device}{threads}, {self.dtype}, batch {self.batch}{'' if self.mode == 'eager' else f', {self.mode}'}"


def shipped() -> list[Path]:
    """The summaries in the package."""
    return sorted(SHIPPED.glob("*.json"))


def measurements(path: Path) -> list[Measured]:
    """Every ratio in the file that a claim of speed asks for, in the file's order; none if all are about others.

    Raises:
        EffbenchError: it cannot be read, or is neither a record of ``effbench profile`` nor a summary.
        MissingExtra: a record's intervals need SciPy, which is not installed.
    """
    found = _summary(path) if path.suffix == ".json" else _record(path)
    return [one for one in found if any(map(one.tests, speed_tests()))]


def summary(found: Iterable[Measured]) -> str:
    """The text of a summary file."""
    return json.dumps([dataclasses.asdict(one) for one in found], indent=1) + "\n"


def _summary(path: Path) -> list[Measured]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        found = [Measured(**row) for row in rows]
        right = isinstance(rows, list) and all(map(_can_be, found))
    except OSError as error:
        raise EffbenchError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, TypeError):
        right = False
    if not right:
        raise EffbenchError(f"{path} is no summary of measurements")
    return found


def _can_be(one: Measured) -> bool:
    """Whether the values are of their types, and the interval is one.

    Raises:
        TypeError: an end of the interval is no number.
    """
    typed = all(
        isinstance(getattr(one, f.name), TYPES[str(f.type)]) for f in dataclasses.fields(one) if f.type in TYPES
    )
    told = isinstance(one.conditions, dict) and set(CONDITIONS) == set(one.conditions)
    low, high = (one.ratio if end is None else end for end in (one.low, one.high))
    return typed and told and (one.low is None) == (one.high is None) and 0 < low <= one.ratio <= high < math.inf


def _record(path: Path) -> list[Measured]:
    if not path.exists():  # to a journal, a file that is still to be made
        raise EffbenchError(f"cannot read {path}: no such file")
    entries = journal.read(path)
    try:
        right = bool(entries) and all(entry["kind"] in KINDS for entry in entries)
        found = _all_ratios(entries) if right else []
    except MissingExtra:
        raise
    except EffbenchError as error:
        raise EffbenchError(f"{path}: {error}") from None
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError):
        right = False
    if not right:
        raise EffbenchError(f"{path} is no record of effbench profile")
    return found


def _all_ratios(entries: Sequence[Entry]) -> list[Measured]:
    """Of every comparison: the sets of one key, which nothing but the commit and the load may tell apart."""
    told = {entry["id"]: entry for entry in entries if entry["kind"] == "conditions"}
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry["kind"] == "set" and entry["status"] == "measured":
            groups.setdefault(entry["key"], []).append(entry)
    return [one for sets in groups.values() for one in _ratios(sets, told)]


def _ratios(sets: Sequence[Entry], told: Mapping[str, Entry]) -> list[Measured]:
    """Of one comparison, the pairs that claims are about; its base need not be theirs."""
    jobs = {job["model"]: job for job in sets[0]["subject"]}
    pairs = dict.fromkeys((test.model, test.against) for test in speed_tests())
    both = [(jobs[a], jobs[b]) for a, b in pairs if a in jobs and b in jobs]
    return [_ratio(job, base, sets, told) for job, base in both if _side(job) == _side(base)]


def _side(job: Mapping[str, Any]) -> int:
    """Image side of a job, pixels."""
    return resolve(job["model"]).at_size(job["size"]).spec.image_size


def _ratio(
    job: Mapping[str, Any], base: Mapping[str, Any], sets: Sequence[Entry], told: Mapping[str, Entry]
) -> Measured:
    clock = "device" if job["device"] == "cuda" else "wall"
    logs = [log_ratio(one["rounds"], base["model"], job["model"], clock) for one in sets]
    try:
        mean, low, high = interval(logs)
    except ImportError as error:
        raise MissingExtra("the interval of a measured ratio", error.name or "scipy", "measure") from None
    conditions = joined([{**told[one["conditions"]], "load": one["load"]} for one in sets])
    return Measured(
        model=job["model"],
        against=base["model"],
        size=_side(job),
        **{name: job[name] for name in ("batch", "dtype", "mode", "task", "device", "threads")},
        clock=clock,
        ratio=math.exp(mean),
        low=math.exp(low) if len(sets) > 1 else None,
        high=math.exp(high) if len(sets) > 1 else None,
        sets=len(sets),
        steady=all(one["warm"][pair["model"]]["steady"] for one in sets for pair in (job, base)),
        conditions={name: conditions[name] for name in CONDITIONS},
        ended=max(one["ended"] for one in sets),
    )
