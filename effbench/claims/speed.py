"""Claims of speed: the claimed figure, and what a measured ratio of time says about it.

A claim in % is the time of ``model`` in per cent of ``against``'s; one in x (times as fast) is the inverse ratio. The
papers measured on other machines, or counted FLOPs and not time, so every figure is taken as "about" (``relations``),
and what is about right is the saving: of 81 %, 19 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from effbench.claims.paper import Metric, Paper, SpeedTest
from effbench.claims.readings import figure_of
from effbench.claims.relations import near
from effbench.render.numbers import fixed
from effbench.stats.printed import printed

TWO_FOLD = 2
"""From here on a factor is taken as one: an eighth of it is about an eighth of the time it saves."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A claimed figure of speed.

    Attributes:
        text: as printed. value: as a number. unit: ``%`` or ``x``. metric: what the paper claims it of.
    """

    text: str
    value: Fraction
    unit: str
    metric: Metric

    def of_ratio(self, ratio: float) -> float:
        """A ratio of time, model over the other, in the figure's unit."""
        return 100 * ratio if self.unit == "%" else 1 / ratio

    def interval(self, low: float, high: float) -> tuple[float, float]:
        """An interval of the ratio in the figure's unit, low end first."""
        first, second = self.of_ratio(low), self.of_ratio(high)
        return min(first, second), max(first, second)

    @property
    def allowed(self) -> tuple[float, float]:
        """What counts as about the figure: an eighth more or less of the saving it states, or of a factor from 2 up."""
        if self.unit != "%" and self.value >= TWO_FOLD:
            bottom, top = near(self.value, saving=False)
            return float(bottom), float(top)
        share = self.value if self.unit == "%" else 100 / self.value
        low, high = (self.of_ratio(float(end) / 100) for end in near(share, saving=True))
        return min(low, high), max(low, high)

    def number(self, value: float) -> str:
        """A value in the figure's unit: one decimal of a percentage, two of a factor."""
        return fixed(value, 1 if self.unit == "%" else 2)

    def in_unit(self, value: float | None) -> str:
        """``number`` with its unit; "-" for None."""
        return "-" if value is None else f"{self.number(value)} {self.unit}"


def claimed(test: SpeedTest, about: Paper) -> Figure:
    """The figure of a test: printed, or the first over the second of two printed ones."""
    claim = about.claim(test.claim)
    if test.over is None:
        return Figure(text=claim.quoted, value=figure_of(claim).value, unit=claim.unit, metric=claim.metric)
    over = about.claim(test.over)
    value = printed(claim.digits).value / printed(over.digits).value
    text = f"{claim.quoted} / {over.quoted} = {fixed(float(value), 2)} x"
    return Figure(text=text, value=value, unit="x", metric=claim.metric)


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
    sentence = {
        "holds": f"{about} holds",
        "exceeded": f"better than {about}",
        "falls short": f"falls short of {about}",
        "undecided": f"undecided whether {about} holds",
    }[outcome(figure, low, high)]
    return f"{sentence} in time on {where} (claimed of FLOPs)" if figure.metric == "flops" else f"{sentence} on {where}"
