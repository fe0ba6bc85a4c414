"""What stands below the tables of early exits."""

from __future__ import annotations

from dataclasses import replace

from effbench.early_exit.notes import price_notes, promise_notes
from effbench.early_exit.prices import given_prices
from effbench.early_exit.promise import Guarantee

FOUND = Guarantee(
    thresholds=(0.1,), max_loss=0.02, delta=0.05, harmed=0, images=299, tested=3, passed=1, method="fixed-sequence"
)


def test_costs_are_said_to_be_measured_or_counted_under_a_convention(prices):
    (given,) = price_notes(given_prices("mine", [1.0, 2.5], "J"))
    assert given == "Costs as given, cumulative up to each exit: 1 J, 2.5 J."
    convention, cost = price_notes(prices)
    assert convention.startswith("ravit [FLOP]: ")
    assert "included: 6.833 M FLOPs, 89.999 M FLOPs" in cost


def test_a_guarantee_says_how_sure_it_is_and_one_of_nothing_that_it_is_none():
    assert promise_notes(None) == []
    (said,) = promise_notes(FOUND)
    assert said.startswith("Guarantee: with confidence 0.95, accuracy is at most 0.02 below never exiting")
    (said,) = promise_notes(replace(FOUND, passed=0))
    assert said.startswith("Guarantee: no thresholds passed on 299 images")
