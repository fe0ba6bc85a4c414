"""Budgets as users write them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from effbench.errors import SpecError
from effbench.selection.budget import Budget, amount, duration, memory, rate


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (amount, "5G", 5e9),
        (amount, "30M", 3e7),
        (amount, "1200000", 1.2e6),
        (amount, ".5k", 500),
        (memory, "200MB", 2e8),
        (memory, "2MiB", 2 * 2**20),
        (rate, "1000/s", 1000),
        (rate, "1.5k/s", 1500),
        (duration, "20ms", 0.02),
        (duration, "3s", 3),
    ],
)
def test_a_quantity_is_read(read, text, value):
    assert read(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (amount, "5X"),
        (amount, "-5G"),
        (amount, "0"),
        (amount, "nan"),
        (amount, "9e999"),
        (memory, "200M"),
        (memory, ""),
        (rate, "fast"),
        (duration, "20"),
        (duration, "1e-400s"),
    ],
)
def test_anything_else_is_refused_with_an_example(read, text):
    with pytest.raises(SpecError, match="write a number such as") as caught:
        read(text)
    assert len(str(caught.value)) <= 300


def test_the_worst_cost_counts():
    costs = SimpleNamespace(macs=2e9, params=3e6, memory=12e6)
    assert Budget().excess(costs) == 0
    assert Budget(macs=4e9, params=1e6).excess(costs) == pytest.approx(3)
    assert Budget(macs=4e9, memory=24e6).excess(costs) == pytest.approx(0.5)


def test_every_known_rate_must_hold():
    assert Budget(throughput=1000).slowness([2000.0, 500.0]) == pytest.approx(2)
    assert Budget(latency=0.02).slowness([100.0]) == pytest.approx(0.5)
    assert Budget(macs=1).slowness([1.0]) == 0
