"""Figures of tables in base units."""

from __future__ import annotations

from fractions import Fraction

import pytest

from effbench.claims.lint.columns import Figure


@pytest.mark.parametrize(("scale", "million"), [("", 10**6), ("Mi", 2**20)])
def test_a_figure_of_binary_units_is_larger_and_so_is_its_last_digit(scale, million):
    found = Figure(text="1.5M", digits="1.5", scale="M").printed(scale)
    assert (found.value, found.step) == (Fraction(15 * million, 10), Fraction(million, 10))
