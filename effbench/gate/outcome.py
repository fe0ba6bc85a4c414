"""Verdicts: what one says, in words too, and the exit code that a set of them gives."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from effbench.stats.paired import Interval

PASS, FAIL, INCONCLUSIVE = "PASS", "FAIL", "INCONCLUSIVE"

PASSED, REGRESSED, UNDECIDED, NOTHING_MEASURED = 0, 1, 3, 4
"""Exit codes; 2 is bad input."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Time of head over base, minus 1, with its interval; positive is slower. None: not measured, or no finite end."""

    change: float | None = None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """``+3.1 % [+2.2, +4.0]``; ``-`` where nothing was measured."""
        if self.change is None:
            return "-"
        if self.low is None or self.high is None:
            return percent(self.change)
        return f"{percent(self.change)} [{100 * self.low:+.1f}, {100 * self.high:+.1f}]"


NOT_MEASURED = Effect()


def effect_of(log_ratio: Interval) -> Effect:
    """From ln(head / base)."""
    low, high = (math.expm1(end) if math.isfinite(end) else None for end in (log_ratio.low, log_ratio.high))
    return Effect(change=math.expm1(log_ratio.mean), low=low, high=high)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate says of one model.

    Attributes:
        clock: that decides. effect: by it. margin: slow-down that is tolerated, a fraction.
        verdict: PASS, FAIL or INCONCLUSIVE. reason: why, where it is not plain.
        pairs: how many of what ``unit`` says. base_ns, head_ns: nanoseconds of a typical step.
        minutes: that it took; None: not known.
        blocking: whether a FAIL may block a change.
    """

    model: str
    clock: str
    effect: Effect = NOT_MEASURED
    margin: float
    verdict: str = INCONCLUSIVE
    pairs: int = 0
    unit: str = "pairs"
    base_ns: int | None = None
    head_ns: int | None = None
    minutes: float | None = None
    reason: str = ""
    blocking: bool = True

    def plain(self) -> dict[str, object]:
        """As JSON and CSV hold it: the effect by ``change``, ``low`` and ``high``, others with their name before."""
        found: dict[str, object] = {}
        for name, value in vars(self).items():
            prefix = "" if name == "effect" else f"{name}_"
            part = (
                {f"{prefix}{end}": number for end, number in vars(value).items()} if isinstance(value, Effect) else {}
            )
            found |= part or {name: value}
        return found


def exit_code(rows: Iterable[Verdict]) -> int:
    """One FAIL that may block decides, then one that is not PASS; no measured row at all is a code of its own."""
    rows = list(rows)
    if any(row.verdict == FAIL and row.blocking for row in rows):
        return REGRESSED
    if all(row.effect.change is None for row in rows):
        return NOTHING_MEASURED
    return PASSED if all(row.verdict == PASS for row in rows) else UNDECIDED


def overall(rows: Iterable[Verdict]) -> str:
    """The verdict on all rows together, or ``nothing measured``; a FAIL that may not block is called so."""
    rows = list(rows)
    words = {PASSED: PASS, REGRESSED: FAIL, UNDECIDED: INCONCLUSIVE, NOTHING_MEASURED: "nothing measured"}
    code = exit_code(rows)
    return "FAIL, which does not block" if code != REGRESSED and _fails(rows) else words[code]


def _fails(rows: Iterable[Verdict]) -> bool:
    return any(row.verdict == FAIL for row in rows)


def percent(fraction: float) -> str:
    """``+3.1 %``."""
    return f"{100 * fraction:+.1f} %"
