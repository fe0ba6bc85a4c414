"""Sizes: exact division and snapping, the same for ints, arrays and symbols."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from effbench.cost.shape import exact_div, is_symbolic, snap
from effbench.errors import SpecError


@pytest.mark.parametrize("size", [3, True, Fraction(1, 2), np.int64(3), np.array([1, 2])])
def test_numbers_and_arrays_are_not_symbolic(size):
    assert not is_symbolic(size)


@pytest.mark.parametrize("size", [sympy.Symbol("n"), sympy.Symbol("n") ** 2 + 1])
def test_sympy_expressions_are_symbolic(size):
    assert is_symbolic(size)


def test_exact_div_of_an_int_is_an_int():
    assert exact_div(224, 16) == 14
    assert type(exact_div(224, 16)) is int


def test_exact_div_divides_every_entry_of_an_array():
    assert exact_div(np.array([32, 64]), 32).tolist() == [1, 2]


def test_exact_div_of_a_symbol_is_the_quotient():
    side = sympy.Symbol("S")
    assert exact_div(side, 16) == side / 16


@pytest.mark.parametrize("size", [225, np.int64(225), np.array([224, 225])])
def test_exact_div_refuses_a_remainder(size):
    with pytest.raises(SpecError, match=r"225.* is not a multiple of 16"):
        exact_div(size, 16)


@pytest.mark.parametrize(
    ("size", "ratio", "multiple", "snapped"),
    [
        (224, Fraction(8, 7) / 4, 16, 64),  # 256 / 4, the coarsest ImageNet branch of RAViT
        (224, Fraction(8, 7) / 2, 16, 128),
        (64, Fraction(1, 2), 4, 32),
        (40, Fraction(1, 2), 16, 16),  # 20 is nearer to 16 than to 32
        (48, Fraction(1, 2), 16, 32),  # 24 lies between 16 and 32: halves go up
        (14, Fraction(1, 2), 16, 0),  # 7 is nearer to 0
        (100, Fraction(2, 3), 1, 67),  # 66.67
    ],
)
def test_snap_rounds_to_the_nearest_multiple(size, ratio, multiple, snapped):
    assert snap(size, ratio, multiple) == snapped


@given(size=st.integers(1, 10**6), ratio=st.fractions(Fraction(1, 16), 2), multiple=st.integers(1, 64))
def test_snap_moves_by_half_a_multiple_at_most(size, ratio, multiple):
    snapped = snap(size, ratio, multiple)
    assert snapped % multiple == 0
    assert abs(snapped - size * ratio) <= Fraction(multiple, 2)


def test_snap_of_an_array_is_snap_of_its_entries():
    sizes, ratio = np.arange(1, 200), Fraction(2, 3)
    assert snap(sizes, ratio, 4).tolist() == [snap(int(size), ratio, 4) for size in sizes]


def test_snap_leaves_a_symbol_unrounded():
    side = sympy.Symbol("S")
    assert snap(side, Fraction(1, 2), 16) == side / 2
