"""Figures of tables by hand, and trainings of ours as the tables take them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from effbench.claims.audit import Ours
from effbench.claims.paper import Claim
from effbench.claims.tables.accuracy import Training
from effbench.claims.tables.figure import Figure
from effbench.claims.verdict import Verdict


@pytest.fixture
def a_figure() -> Callable[..., Figure]:
    """``a_figure("17.6", 17_582_400_000, "rounded", unit="G", mark="a")``: a figure, ours and the verdict in words."""

    def make(printed: str, ours: int | Fraction | None = None, words: str = "published only", **more: Any) -> Figure:
        shown = {name: more.pop(name) for name in ("mark", "best", "ours_best") if name in more}
        about = {"paper": "p", "id": "c", "where": "Table 1", "row": "r", "system": "s", "metric": "flops", "unit": "G"}
        claim = Claim(**{**about, "printed": printed, **more})
        value = None if ours is None else Ours(ours, "macs", "analytic")
        return Figure(table="p.1", verdict=Verdict(claim=claim, outcome="off"), value=value, words=words, **shown)

    return make


@pytest.fixture
def training() -> Callable[..., Training]:
    """``training(top1=83, seed=1)``: a RAViT 1-3 on CIFAR-10."""

    def make(**changes: Any) -> Training:
        given = {"model": "ravit_cifar10:1-3", "dataset": "cifar10", "size": 32, "epochs": 400, "seed": 0, **changes}
        percents = {name: Fraction(given.pop(name, percent)) for name, percent in (("top1", 80), ("top5", 99))}
        return Training(**{"key": "k", **given, **percents})

    return make
