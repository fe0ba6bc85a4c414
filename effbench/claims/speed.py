"""Claims of speed: which measurement tests which, and what a measured ratio says about the figure.

A claim in % is the time of ``model`` in per cent of ``against``'s; one in x (times as fast) is the inverse ratio. The
papers measured on other machines, or counted FLOPs and not time, so every figure is taken as "about" (``relations``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from effbench.claims.load import Claim, Paper, paper
from effbench.claims.ranking import figure_of
from effbench.claims.relations import APPROXIMATE
from effbench.errors import EffbenchError
from effbench.render.numbers import fixed
from effbench.stats.printed import printed

TASKS = ("infer", "train")


@dataclass(frozen=True, kw_only=True)
class SpeedTest:
    """A claim and the measurement that tests it.

    Attributes:
        paper: key. claim, over, same: ids (``speed.toml`` says of what).
        task: ``infer`` or ``train``. model, against: registry names. size: image side, pixels.
        note: what the measurement is not.
    """

    paper: str
    claim: str
    task: str
    model: str
    against: str
    size: int
    note: str
    over: str | None = None
    same: tuple[str, ...] = ()

    @property
    def ids(self) -> list[str]:
        """Every claim it tests."""
        return [self.claim, *([self.over] if self.over else []), *self.same]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A claimed figure of speed.

    Attributes:
        text: as printed. value: as a number. unit: ``%`` or ``x``.
        metric: what the paper claims it of, one of ``claims.load.METRICS``.
    """

    text: str
    value: Fraction
    unit: str
    metric: str

    def of_ratio(self, ratio: float) -> float:
        """A ratio of time, model over the other, in the figure's unit."""
        return 100 * ratio if self.unit == "%" else 1 / ratio

    def interval(self, low: float, high: float) -> tuple[float, float]:
        """An interval of the ratio in the figure's unit, low end first."""
        first, second = self.of_ratio(low), self.of_ratio(high)
        return min(first, second), max(first, second)

    @property
    def allowed(self) -> tuple[float, float]:
        """What counts as about the figure."""
        return float(self.value * (1 - APPROXIMATE)), float(self.value * (1 + APPROXIMATE))


@cache
def speed_tests() -> tuple[SpeedTest, ...]:
    """Every row of ``speed.toml``, checked against the claims.

    Raises:
        EffbenchError: a claim or task that is not there.
    """
    text = Path(__file__).with_name("speed.toml").read_text(encoding="utf-8")
    return tuple(parse(row) for row in tomllib.loads(text)["speed"])


def parse(row: Mapping[str, Any]) -> SpeedTest:
    """One row of the file."""
    found = SpeedTest(**{**row, "same": tuple(row.get("same", ()))})
    known = {claim.id for claim in paper(found.paper).claims}
    missing = [id for id in found.ids if id not in known]
    if missing:
        raise EffbenchError(f"audit/speed.toml: {found.paper} has no claim {', '.join(missing)}")
    if found.task not in TASKS:
        raise EffbenchError(f"audit/speed.toml, {found.claim}: task {found.task!r}; allowed: {', '.join(TASKS)}")
    return found


def claimed(test: SpeedTest, about: Paper) -> Figure:
    """The figure of a test: printed, or the first over the second of two printed ones."""
    claim = about.claim(test.claim)
    if test.over is None:
        return Figure(text=_said(claim), value=figure_of(claim).value, unit=claim.unit, metric=claim.metric)
    over = about.claim(test.over)
    value = printed(claim.digits).value / printed(over.digits).value
    text = f"{_said(claim)} / {_said(over)} = {fixed(float(value), 2)} x"
    return Figure(text=text, value=value, unit="x", metric=claim.metric)


def _said(claim: Claim) -> str:
    about = "about " if claim.approximate else ""
    return f"{about}{claim.printed} {claim.unit}"


def outcome(figure: Figure, low: float, high: float) -> str:
    """What an interval of the time ratio says: ``holds``, ``exceeded``, ``falls short`` or ``undecided``.

    The whole interval must lie within about the figure, on its better, or on its worse side; else it is undecided.
    """
    least, most = figure.interval(low, high)
    bottom, top = figure.allowed
    if bottom <= least and most <= top:
        return "holds"
    below, above = most < bottom, least > top
    if below or above:
        return "exceeded" if below == (figure.unit == "%") else "falls short"
    return "undecided"


def verdict(figure: Figure, low: float, high: float, where: str) -> str:
    """The outcome as a sentence: "about 2 x holds on …". A figure of FLOPs is neither kept nor broken by time."""
    about = f"about {fixed(float(figure.value), 2).rstrip('0').rstrip('.')} {figure.unit}"
    said = {
        "holds": f"{about} holds",
        "exceeded": f"better than {about}",
        "falls short": f"falls short of {about}",
        "undecided": f"undecided whether {about} holds",
    }[outcome(figure, low, high)]
    return f"{said} in time on {where} (claimed of FLOPs)" if figure.metric == "flops" else f"{said} on {where}"


def of_paper(key: str) -> Iterable[SpeedTest]:
    """The tests of one paper's claims."""
    return (test for test in speed_tests() if test.paper == key)
