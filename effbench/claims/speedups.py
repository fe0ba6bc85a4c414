"""Claims of speed side by side: claimed, predicted from operation counts, and measured."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields

from effbench.claims.paper import Paper, SpeedTest
from effbench.claims.ratios import Conditions, Ratio
from effbench.claims.speed import Figure, claimed, outcome, verdict
from effbench.counting.operations import code_of
from effbench.errors import EffbenchError
from effbench.files import cache
from effbench.models.registry import resolve
from effbench.processes.environment import libraries
from effbench.profiling.ratios import macs

SETTING = ("batch", "dtype", "mode", "device", "threads", "clock", "sets", "steady", "ended")
"""What a row shows of a measurement besides its ratio and its conditions."""

CONDITIONS = tuple(field.name for field in fields(Conditions))


@dataclass(frozen=True, kw_only=True)
class Speedup:
    """A claim of speed and one measurement of it, or none.

    Attributes:
        where: place of the claim. test: what is compared. figure: as claimed.
        predicted: from operation counts, in the figure's unit; None with the reason in ``not_predicted``.
        ratio: the measurement; None without one.
    """

    paper: Paper
    where: str
    test: SpeedTest
    figure: Figure
    predicted: float | None
    not_predicted: str | None
    ratio: Ratio | None

    @property
    def measured(self) -> float | None:
        """The measured ratio in the figure's unit."""
        return None if self.ratio is None else self.figure.of_ratio(self.ratio.ratio)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its 95 % interval; None without a measurement, and for one set."""
        ends = self.ratio and self.ratio.interval
        return self.figure.interval(*ends) if ends else None

    @property
    def outcome(self) -> str:
        """``not measured``, or what ``speed.outcome`` says."""
        if self.ratio is None:
            return "not measured"
        return outcome(self.figure, *self.ratio.interval) if self.ratio.interval else "undecided"

    @property
    def verdict(self) -> str:
        """The outcome as a sentence."""
        if self.ratio is None:
            return "not measured"
        if self.ratio.interval is None:
            return f"one set on {self.ratio.where}: no interval, no verdict"
        return verdict(self.figure, *self.ratio.interval, self.ratio.where)

    def plain(self) -> dict[str, object]:
        """As JSON and CSV hold it: a row of the kind ``speed``."""
        low, high = self.interval or (None, None)
        conditions = None if self.ratio is None else self.ratio.conditions
        return {
            "record": "speed",
            "paper": self.paper.key,
            "where": self.where,
            "model": self.test.model,
            "against": self.test.against,
            "task": self.test.task,
            "size": self.test.size,
            "metric": self.figure.metric,
            "claimed": float(self.figure.value),
            "printed": self.figure.text,
            "unit": self.figure.unit,
            "predicted": self.predicted,
            "not_predicted": self.not_predicted,
            "detail": self.test.note,
            "claims": self.test.ids,
            "measured": self.measured,
            "low": low,
            "high": high,
            "outcome": self.outcome,
            "verdict": self.verdict,
            **{name: getattr(self.ratio, name, None) for name in SETTING},
            **{name: getattr(conditions, name, None) for name in CONDITIONS},
        }


def speedups(about: Paper, found: Sequence[Ratio]) -> list[Speedup]:
    """A row per claim of speed and measurement of it; one row of a claim without any measurement."""
    return [row for test in about.speed for row in _rows(test, about, found)]


def _rows(test: SpeedTest, about: Paper, found: Sequence[Ratio]) -> list[Speedup]:
    figure = claimed(test, about)
    predicted, reason = _predicted(test)
    measured: list[Ratio | None] = [one for one in found if one.tests(test)]
    return [
        Speedup(
            paper=about,
            where=about.claim(test.claim).where,
            test=test,
            figure=figure,
            predicted=None if predicted is None else figure.of_ratio(predicted),
            not_predicted=reason,
            ratio=ratio,
        )
        for ratio in measured or [None]
    ]


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
    model = resolve(name, test.size)
    key = hashlib.sha256(repr((name, model.spec, code_of(model), libraries())).encode()).hexdigest()[:32]
    kept = cache.read(f"training/{key}.json")
    if type(kept) is int and kept > 0:
        return kept
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of the libraries a network is made of, about each other
        value = macs(name, test.size, test.task)
    cache.write(f"training/{key}.json", value, f"the count of {name} in training")
    return value
