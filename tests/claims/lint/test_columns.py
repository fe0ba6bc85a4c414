"""Figures of tables in base units."""

from __future__ import annotations

from fractions import Fraction

import pytest

from effbench.claims.lint.columns import Figure, columns, side_in
from effbench.claims.lint.read import Table


@pytest.mark.parametrize(("scale", "million"), [("", 10**6), ("Mi", 2**20)])
def test_a_figure_of_binary_units_is_larger_and_so_is_its_last_digit(scale, million):
    found = Figure(text="1.5M", digits="1.5", scale="M").printed(scale)
    assert (found.value, found.step) == (Fraction(15 * million, 10), Fraction(million, 10))


@pytest.mark.parametrize(
    ("text", "side"),
    [("160px", 160), ("159px", None), ("ViT-B @384", 384), ("224x224", 224), ("ResNet-152", None), ("r-201", None)],
)
def test_sides_are_numbers_that_networks_take(text, side):
    assert side_in(text) == side


@pytest.mark.parametrize(
    ("heads", "roles"),
    [
        (("", "FLOPs"), ["name", "cost"]),  # what has no head names the rows where nothing else does
        (("", "Model", "FLOPs"), ["other", "name", "cost"]),
    ],
)
def test_some_column_names_the_rows(heads, roles):
    assert [one.role for one in columns(Table(caption="", heads=heads, rows=()))] == roles
