"""Claims of speed side by side: claimed, predicted from operation counts, and measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from effbench.claims.load import Paper
from effbench.claims.measured_ratios import CONDITIONS, Measured
from effbench.claims.speed import Figure, SpeedTest, claimed, of_paper, outcome, verdict
from effbench.counting.operations import code_of
from effbench.errors import EffbenchError
from effbench.files import cache
from effbench.models.registry import resolve
from effbench.processes.environment import libraries
from effbench.profiling.ratios import macs

TOLD = ("batch", "dtype", "mode", "device", "threads", "clock", "sets", "steady", "ended")
"""What a row says of a measurement besides its ratio and its conditions."""


def speed_rows(about: Paper, found: Sequence[Measured]) -> list[dict[str, Any]]:
    """A row per claim of speed and measurement of it (``record`` = speed); one row of a claim without measurement.

    ``predicted``, ``measured``, ``low`` and ``high`` are in the claim's ``unit``; None is not predicted or measured.
    """
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
        "metric": figure.metric,
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
    told = {name: getattr(one, name) for name in TOLD}
    return {"measured": figure.of_ratio(one.ratio), **_judged(figure, one), **told, **one.conditions}


def _judged(figure: Figure, one: Measured) -> dict[str, Any]:
    if one.low is None or one.high is None:
        said = f"one set on {one.where}: no interval, no verdict"
        return {"low": None, "high": None, "outcome": "undecided", "verdict": said}
    low, high = figure.interval(one.low, one.high)
    said = verdict(figure, one.low, one.high, one.where)
    return {"low": low, "high": high, "outcome": outcome(figure, one.low, one.high), "verdict": said}


def _not_measured() -> dict[str, Any]:
    nothing = dict.fromkeys(("measured", "low", "high", *TOLD, *CONDITIONS))
    return {**nothing, "outcome": "not measured", "verdict": "not measured"}


def _predicted(test: SpeedTest) -> tuple[float | None, str | None]:
    """Ratio of multiply-accumulates of a step, or why there is none: counting a backward pass needs PyTorch."""
    try:
        return _macs(test.model, test) / _macs(test.against, test), None
    except EffbenchError as error:
        return None, str(error)


def _macs(name: str, test: SpeedTest) -> int:
    """Kept on disk where it is counted with a backward pass, which takes seconds."""
    if test.task == "infer":
        return macs(name, test.size, "infer")
    import hashlib
    import warnings

    model = resolve(name).at_size(test.size)
    key = hashlib.sha256(repr((name, model.spec, code_of(model), libraries())).encode()).hexdigest()[:32]
    kept = cache.read(f"training/{key}.json")
    if type(kept) is int and kept > 0:
        return kept
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of the libraries a network is made of, about each other
        value = macs(name, test.size, test.task)
    cache.write(f"training/{key}.json", value, f"the count of {name} in training")
    return value
