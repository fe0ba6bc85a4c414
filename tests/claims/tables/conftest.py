"""Trainings of ours, as the tables take them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from effbench.claims.tables.accuracy import Training


@pytest.fixture
def training() -> Callable[..., Training]:
    """``training(top1=83, seed=1)``: a RAViT 1-3 on CIFAR-10."""

    def make(**changes: Any) -> Training:
        given = {"model": "ravit_cifar10:1-3", "dataset": "cifar10", "size": 32, "epochs": 400, "seed": 0, **changes}
        percents = {name: Fraction(given.pop(name, percent)) for name, percent in (("top1", 80), ("top5", 99))}
        return Training(**{"key": "k", **given, **percents})

    return make
