"""Columns of the tables of early exits."""

from __future__ import annotations

from collections.abc import Callable

from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, Row, column


def policy_columns(by_class: bool) -> list[Column[Row]]:
    """One policy, or one class, per row."""
    first = [column("class", "class", right=True), column("images", "images", right=True)]
    return [
        *(first if by_class else [column("policy", "policy")]),
        column("thresholds", "thresholds", lambda values: " ".join(map(_threshold, values))),
        column("accuracy", "accuracy", percent, right=True),
        Column("95 %", lambda row: f"{percent(row['accuracy_low'])} to {percent(row['accuracy_high'])}", right=True),
        Column("mean cost", cost("cost"), right=True),
        Column("95 %", lambda row: f"{cost('cost_low')(row)} to {cost('cost_high')(row)}", right=True),
        Column("worst", cost("worst_case"), right=True),
        Column("left at each exit", lambda row: " ".join(percent(n / row["images"]) for n in row["left"]), right=True),
        column("ECE", "calibration_error", lambda value: fixed(value, 4), right=True),
    ]


def stream_columns() -> list[Column[Row]]:
    """One controller per row."""
    return [
        column("controller", "controller"),
        Column("served", lambda row: f"{row['served']} of {row['images']}", right=True),
        column("right, of all", "accuracy", percent, right=True),
        column("right, of served", "accuracy_served", percent, right=True),
        Column("mean cost", cost("cost"), right=True),
        Column("of easy", cost("cost_easy"), right=True),
        Column("of hard", cost("cost_hard"), right=True),
        Column("charge left", cost("charge_left"), right=True),
    ]


def percent(share: float) -> str:
    """``0.8125`` -> ``'81.3 %'``."""
    return f"{fixed(100 * share, 1)} %"


def cost(key: str) -> Callable[[Row], str]:
    """Shows a cost of a row, None as '-'."""
    return lambda row: "-" if row[key] is None else shown_cost(row[key], row["unit"], row["convention"])


def shown_cost(value: float, unit: str, convention: str | None) -> str:
    """Scaled where operations are counted, under a convention; four digits of what was measured."""
    return f"{value:.4g} {unit}" if convention is None else f"{scaled(value, 2)} {unit}s"


def _threshold(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
