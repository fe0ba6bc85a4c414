"""Verdicts in words, and the exit code that a set of them gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PASS, FAIL, INCONCLUSIVE = "PASS", "FAIL", "INCONCLUSIVE"

PASSED, REGRESSED, UNDECIDED, NOTHING_MEASURED = 0, 1, 3, 4
"""Exit codes; 2 is bad input."""

Row = Mapping[str, Any]
"""One verdict: ``verdict``, ``change`` as a fraction or None where nothing was measured, and perhaps ``blocking``."""


def exit_code(rows: Iterable[Row]) -> int:
    """One FAIL that may block decides, then one that is not PASS; no measured row at all is a code of its own."""
    rows = list(rows)
    if any(row["verdict"] == FAIL and row.get("blocking", True) for row in rows):
        return REGRESSED
    if all(row["change"] is None for row in rows):
        return NOTHING_MEASURED
    return PASSED if all(row["verdict"] == PASS for row in rows) else UNDECIDED


def overall(rows: Iterable[Row]) -> str:
    """The verdict on all rows together, or ``nothing measured``."""
    words = {PASSED: PASS, REGRESSED: FAIL, UNDECIDED: INCONCLUSIVE, NOTHING_MEASURED: "nothing measured"}
    return words[exit_code(rows)]


def percent(fraction: float) -> str:
    """``+3.1 %``."""
    return f"{100 * fraction:+.1f} %"


def change(row: Row) -> str:
    """The effect with its interval, e.g. ``+3.1 % [+2.2, +4.0]``; ``-`` where nothing was measured."""
    if row["change"] is None:
        return "-"
    if row.get("low") is None or row.get("high") is None:
        return percent(row["change"])
    return f"{percent(row['change'])} [{100 * row['low']:+.1f}, {100 * row['high']:+.1f}]"
