"""Claims of speed side by side: claimed, predicted from operation counts, and measured.

Measurements are read from what ``effbench profile A B --relative-to A --out FILE.jsonl`` wrote, or from a summary of
such files (``.json``). A summary ships with the package (``audit/measured``), so that a light installation shows
measured ratios with their intervals, too: those of raw samples need SciPy.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from effbench import audit, cache, journal
from effbench.audit.speed import Figure, SpeedTest, claimed, of_paper, outcome, speed_tests, verdict
from effbench.claims.load import Paper
from effbench.errors import EffbenchError, MissingExtra
from effbench.operations import code_of
from effbench.registry import resolve
from effbench.stats.paired import interval, log_ratio
from effbench.suite.ratios import macs

SHIPPED = Path(audit.__file__).parent / "measured"

CONDITIONS = ("machine", "cpu", "cores", "accelerator", "system", "libraries", "commit", "dirty")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A ratio of time measured in lock-step.

    Attributes:
        model, against: whose time is divided by whose. size, batch, dtype, mode, task, device, threads: as in ``Job``.
        clock: ``device`` on a GPU, ``wall`` on a CPU. ratio, low, high: with a 95 % interval over ``sets`` fresh sets,
            which one set has not.
        conditions: machine, versions and revision. load: the highest while it was measured. ended: of the last set.
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
    conditions: Mapping[str, Any]
    load: float | None
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


def measurements(paths: Iterable[Path]) -> list[Measured]:
    """Every ratio in the files that a claim of speed asks for.

    Raises:
        EffbenchError: a file that cannot be read, or is neither a record of ``effbench profile`` nor a summary.
        MissingExtra: a record's intervals need SciPy, which is not installed.
    """
    return [one for path in paths for one in (_summary(path) if path.suffix == ".json" else _record(path))]


def summary(found: Sequence[Measured]) -> str:
    """The text of a summary file."""
    return json.dumps([dataclasses.asdict(one) for one in found], indent=1) + "\n"


def _summary(path: Path) -> list[Measured]:
    try:
        return [Measured(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except OSError as error:
        raise EffbenchError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, TypeError):
        raise EffbenchError(f"{path} is no summary of measurements") from None


def _record(path: Path) -> list[Measured]:
    if not path.is_file():
        raise EffbenchError(f"cannot read {path}: no such file")
    entries = journal.read(path)
    try:
        told = {entry["id"]: entry for entry in entries if entry["kind"] == "conditions"}
        sets = [entry for entry in entries if entry["kind"] == "set" and entry["status"] == "measured"]
        groups = groupby(sorted(sets, key=lambda entry: str(entry["key"])), key=lambda entry: entry["key"])
        return [one for _, group in groups for one in _ratios(list(group), told)]
    except (KeyError, TypeError, AttributeError):
        raise EffbenchError(f"{path} is no record of effbench profile") from None


def _ratios(sets: Sequence[Mapping[str, Any]], told: Mapping[str, Mapping[str, Any]]) -> list[Measured]:
    """Of one comparison, the pairs that claims are about."""
    jobs = {job["model"]: job for job in sets[0]["subject"]}
    pairs = dict.fromkeys((test.model, test.against) for test in speed_tests())
    return [_ratio(jobs[a], jobs[b], sets, told) for a, b in pairs if a in jobs and b in jobs]


def _ratio(
    job: Mapping[str, Any],
    base: Mapping[str, Any],
    sets: Sequence[Mapping[str, Any]],
    told: Mapping[str, Mapping[str, Any]],
) -> Measured:
    clock = "device" if job["device"] == "cuda" else "wall"
    logs = [log_ratio(one["rounds"], base["model"], job["model"], clock) for one in sets]
    try:
        mean, low, high = interval(logs)
    except ImportError as error:
        raise MissingExtra("the interval of a measured ratio", error.name or "scipy", "measure") from None
    conditions = told[sets[-1]["conditions"]]
    loads = [one["load"] for one in sets if one["load"] is not None]
    return Measured(
        model=job["model"],
        against=base["model"],
        size=resolve(job["model"]).at_size(job["size"]).spec.image_size,
        **{name: job[name] for name in ("batch", "dtype", "mode", "task", "device", "threads")},
        clock=clock,
        ratio=math.exp(mean),
        low=math.exp(low) if len(sets) > 1 else None,
        high=math.exp(high) if len(sets) > 1 else None,
        sets=len(sets),
        conditions={name: conditions[name] for name in CONDITIONS},
        load=max(loads, default=None),
        ended=max(one["ended"] for one in sets),
    )


def speed_rows(about: Paper, found: Sequence[Measured]) -> list[dict[str, Any]]:
    """A row per claim of speed and measurement of it (``record`` = speed); one row of a claim without measurement."""
    return [row for test in of_paper(about.key) for row in _rows(test, about, found)]


def _rows(test: SpeedTest, about: Paper, found: Sequence[Measured]) -> list[dict[str, Any]]:
    figure, first = claimed(test, about), about.claim(test.claim)
    predicted, reason = _predicted(test)
    shared = {
        "record": "speed",
        "paper": about.key,
        "where": first.where,
        "model": test.model,
        "against": test.against,
        "task": test.task,
        "size": test.size,
        "claimed": float(figure.value),
        "printed": figure.text,
        "unit": figure.unit,
        "predicted": None if predicted is None else figure.of_ratio(predicted),
        "not_predicted": reason,
        "detail": test.note,
        "claims": test.ids,
    }
    matching = [one for one in found if one.tests(test)]
    return [{**shared, **_measured(figure, one)} for one in matching] or [{**shared, **_not_measured()}]


def _measured(figure: Figure, one: Measured) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("batch", "dtype", "mode", "device", "threads", "clock", "sets")}
    libraries = ", ".join(f"{name} {version}" for name, version in one.conditions["libraries"].items() if version)
    return {
        "measured": figure.of_ratio(one.ratio),
        **_judged(figure, one),
        **told,
        **{**one.conditions, "libraries": libraries},
        "load": one.load,
        "ended": one.ended,
    }


def _judged(figure: Figure, one: Measured) -> dict[str, Any]:
    if one.low is None or one.high is None:
        said = f"measured on {one.where} in one set: no interval, no verdict"
        return {"low": None, "high": None, "outcome": "undecided", "verdict": said}
    low, high = figure.interval(one.low, one.high)
    said = verdict(figure, one.ratio, one.low, one.high, one.where)
    return {"low": low, "high": high, "outcome": outcome(figure, one.low, one.high), "verdict": said}


def _not_measured() -> dict[str, Any]:
    return {"measured": None, "low": None, "high": None, "outcome": "not measured", "verdict": "not measured"}


def _predicted(test: SpeedTest) -> tuple[float | None, str | None]:
    """Ratio of multiply-accumulates of a step, or why there is none: counting a backward pass needs PyTorch."""
    try:
        return _macs(test.model, test) / _macs(test.against, test), None
    except MissingExtra as error:
        return None, str(error)


def _macs(name: str, test: SpeedTest) -> int:
    """Kept on disk where it is counted from a backward pass, which takes seconds."""
    if test.task == "infer":
        return macs(name, test.size, "infer")
    import hashlib
    import warnings

    model = resolve(name).at_size(test.size)
    key = hashlib.sha256(repr((name, model.spec, code_of(model))).encode()).hexdigest()[:32]
    kept = cache.read(f"training/{key}.json")
    if isinstance(kept, int) and kept > 0:
        return kept
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of the libraries a network is made of, about each other
        value = macs(name, test.size, test.task)
    cache.write(f"training/{key}.json", value, f"the count of {name} in training")
    return value
