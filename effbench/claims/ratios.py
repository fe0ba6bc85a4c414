"""Ratios of time measured in lock-step, as far as a claim of speed is about them.

Read from what ``effbench profile A B --relative-to A --journal FILE.jsonl`` wrote, or from a summary of such files
(``.json``). A summary ships with the package (``measured``): raw samples are too many for it, and their intervals need
SciPy.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from effbench.claims.paper import Paper, SpeedTest
from effbench.errors import EffbenchError, MissingExtra
from effbench.files import journal
from effbench.files.document import parsed
from effbench.files.typed import typed
from effbench.models.registry import resolve
from effbench.processes.environment import joined
from effbench.profiling.visits import KINDS, Entry, conditions_of
from effbench.profiling.worker.clock import latency_clock
from effbench.render.plain import json_value
from effbench.stats.paired import interval, log_ratio

SHIPPED = Path(__file__).parent / "measured"


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What all sets of a ratio were measured under; fields as in ``processes.environment``.

    Attributes:
        libraries: names with versions. commit: every one. dirty: whether any was. load: the highest.
    """

    machine: str
    cpu: str
    cores: int | None
    accelerator: str | None
    system: str
    libraries: str
    commit: str | None
    dirty: bool | None
    load: float | None

    @property
    def versions(self) -> str:
        """As ``processes.environment.Conditions`` calls its libraries in one line."""
        return self.libraries


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A ratio of time measured in lock-step.

    Attributes:
        model, against: whose time is divided by whose. batch, dtype, mode, task, device, threads: as in ``Job``.
        size: image side of both, pixels. clock: ``device`` on a GPU, ``wall`` on a CPU.
        ratio, low, high: with a 95 % interval over ``sets`` fresh sets, which one set has not.
        steady: whether both had settled after their warm-up, in every set. ended: when the last set did.
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
    conditions: Conditions
    ended: str

    def tests(self, test: SpeedTest) -> bool:
        """Whether it is the measurement that the test asks for."""
        return (self.model, self.against, self.size, self.task) == (test.model, test.against, test.size, test.task)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Low and high end; None for one set."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    @property
    def where(self) -> str:
        """The machine and how it was used, in words."""
        device = self.conditions.accelerator if self.device == "cuda" else self.conditions.cpu
        threads = "" if self.device == "cuda" else f", {self.threads} thread{'s' if self.threads > 1 else ''}"
        return f"{device}{threads}, {self.dtype}, batch {self.batch}{'' if self.mode == 'eager' else f', {self.mode}'}"


def shipped(papers: Iterable[Paper]) -> list[Ratio]:
    """The ratios in the package that claims of these papers ask for."""
    tests = [test for about in papers for test in about.speed]
    return [one for path in sorted(SHIPPED.glob("*.json")) for one in measurements(path, tests)]


def measurements(path: Path, tests: Sequence[SpeedTest]) -> list[Ratio]:
    """Every ratio in the file that one of the tests asks for, in the file's order; none if all are about others.

    Raises:
        EffbenchError: it cannot be read, or is neither a record of ``effbench profile`` nor a summary.
        MissingExtra: a record's intervals need SciPy, which is not installed.
    """
    found = _summary(path) if path.suffix == ".json" else _record(path, tests)
    return [one for one in found if any(map(one.tests, tests))]


def summary(found: Iterable[Ratio]) -> str:
    """The text of a summary file."""
    return json.dumps(list(found), indent=1, default=json_value) + "\n"


def _summary(path: Path) -> list[Ratio]:
    try:
        rows = parsed(path.read_bytes())
    except OSError as error:
        raise EffbenchError(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError:
        rows = None
    if not isinstance(rows, list):
        raise EffbenchError(f"{path} is no summary of measurements")
    try:
        found = [typed(Ratio, row, f"row {number}") for number, row in enumerate(rows, start=1)]
    except EffbenchError as error:
        raise EffbenchError(f"{path} is no summary of measurements: {error}") from None
    if not all(map(_can_be, found)):
        raise EffbenchError(f"{path} is no summary of measurements: a ratio outside of its interval")
    return found


def _can_be(one: Ratio) -> bool:
    """Whether the interval is one."""
    low, high = (one.ratio if end is None else end for end in (one.low, one.high))
    return (one.low is None) == (one.high is None) and 0 < low <= one.ratio <= high < math.inf


def _record(path: Path, tests: Sequence[SpeedTest]) -> list[Ratio]:
    if not path.exists():  # to a journal, a file that is still to be made
        raise EffbenchError(f"cannot read {path}: no such file")
    entries = journal.read(path)
    try:
        right = bool(entries) and all(entry["kind"] in KINDS for entry in entries)
        found = _all_ratios(entries, tests) if right else []
    except MissingExtra:
        raise
    except EffbenchError as error:
        raise EffbenchError(f"{path}: {error}") from None
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError):
        right = False
    if not right:
        raise EffbenchError(f"{path} is no record of effbench profile")
    return found


def _all_ratios(entries: Sequence[Entry], tests: Sequence[SpeedTest]) -> list[Ratio]:
    """Those of every comparison: sets of one key, which nothing but the commit and the load may tell apart."""
    conditions = [entry for entry in entries if entry["kind"] == "conditions"]
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry["kind"] == "set" and entry["status"] == "measured":
            groups.setdefault(entry["key"], []).append(entry)
    return [one for sets in groups.values() for one in _ratios(sets, conditions, tests)]


def _ratios(sets: Sequence[Entry], conditions: Sequence[Entry], tests: Sequence[SpeedTest]) -> list[Ratio]:
    """Those of one comparison, for the pairs that tests are about; its base need not be theirs."""
    jobs = {job["model"]: job for job in sets[0]["subject"]}
    pairs = dict.fromkeys((test.model, test.against) for test in tests)
    both = [(jobs[a], jobs[b]) for a, b in pairs if a in jobs and b in jobs]
    return [_ratio(job, base, sets, conditions) for job, base in both if _side(job) == _side(base)]


def _side(job: Entry) -> int:
    """Image side of a job, pixels."""
    return resolve(job["model"], job["size"]).spec.image_size


def _ratio(job: Entry, base: Entry, sets: Sequence[Entry], conditions: Sequence[Entry]) -> Ratio:
    clock = latency_clock(job["device"])
    logs = [log_ratio(one["rounds"], base["model"], job["model"], clock) for one in sets]
    try:
        mean, low, high = interval(logs)
    except ImportError as error:
        raise MissingExtra("the interval of a measured ratio", error.name or "scipy", "measure") from None
    under = joined([conditions_of(one, conditions) for one in sets]).flat()
    return Ratio(
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
        conditions=typed(Conditions, {f.name: under[f.name] for f in fields(Conditions)}, "conditions"),
        ended=max(one["ended"] for one in sets),
    )
