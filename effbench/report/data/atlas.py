"""timm's networks on the page: published top-1 beside exact counts, and predicted speed on every published machine."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.cost.memory import BYTES
from effbench.models.shipped import shipped
from effbench.prediction.published import SOURCE as SPEEDS
from effbench.prediction.published import published
from effbench.prediction.setting import Setting, short_name
from effbench.selection.accuracy import SOURCE
from effbench.selection.budget import Budget
from effbench.selection.zoo import Found, search

FIRST = "rtx3090"
"""The machine that the page opens with."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A published setting.

    Attributes:
        name: its short name. setting: its full one. batch: images per step of most models.
        rates: predicted images per second of each row. factors: of their 90 % intervals, rate / factor to
            rate x factor. measured: what timm published, or None.
    """

    name: str
    setting: str
    batch: int
    rates: list[float]
    factors: list[float]
    measured: list[float | None]


@dataclass(frozen=True, kw_only=True)
class Atlas:
    """The table, column by column, the most accurate first.

    Attributes:
        top1: percent, ImageNet-1k, published by timm at the image ``sizes``. macs, params: counted, of one image.
        bytes: of a parameter in fp32. uncounted: published models without a shipped count.
    """

    models: list[str]
    sizes: list[int]
    top1: list[float]
    macs: list[int]
    params: list[int]
    machines: list[Machine]
    first: str = FIRST
    bytes: int = BYTES["fp32"]
    uncounted: list[str]
    accuracy_source: str = SOURCE
    speed_source: str = SPEEDS
    counted_with: dict[str, str]


def atlas() -> Atlas:
    """Every network of timm's published accuracies that the shipped counts have."""
    found = search(Budget())
    rows = found.rows
    return Atlas(
        models=[row.model for row in rows],
        sizes=[row.size for row in rows],
        top1=[round(100 * row.top1, 3) for row in rows],
        macs=[row.macs for row in rows],
        params=[row.params for row in rows],
        machines=[_machine(setting) for setting in published().settings if not setting.trains],
        uncounted=list(found.uncounted),
        counted_with=dict(shipped().made_with),
    )


def _machine(setting: Setting) -> Machine:
    rows = search(Budget(), setting.name).rows
    return Machine(
        name=short_name(setting, published().settings),
        setting=setting.name,
        batch=published().usual_batch(setting),
        rates=[_digits(row.images_per_s or 0.0) for row in rows],
        factors=[_factor(row) for row in rows],
        measured=[None if row.measured is None else _digits(row.measured) for row in rows],
    )


def _factor(row: Found) -> float:
    return round((row.high or 0.0) / (row.images_per_s or 1.0), 2)


def _digits(value: float) -> float:
    """Four digits are more than a prediction has, and half the bytes."""
    return float(f"{value:.4g}")
