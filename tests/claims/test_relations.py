"""Figures that follow from other figures, as far as printed digits can tell."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.claims.relations import APPROXIMATE, agrees, interval, related, value_of
from effbench.stats.printed import Printed, printed

RELATIONS = ("percent", "reduction", "difference", "ratio")


def test_a_figure_may_be_rounded_or_truncated():
    assert interval(printed("30.25", "G")) == (30_245_000_000, 30_260_000_000)


@pytest.mark.parametrize(
    ("relation", "of", "against", "expected"),
    [
        ("percent", 3, 4, 75),
        ("reduction", 3, 4, 25),
        ("ratio", 3, 4, Fraction(3, 4)),
        ("difference", 3, 4, -1),
        ("percent", 4, 4, 100),
        ("reduction", 4, 4, 0),
    ],
)
def test_the_relation_of_two_exact_values(relation, of, against, expected):
    assert value_of(relation, Fraction(of), Fraction(against)) == expected


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        # of in [2, 4], against in [4, 5]
        ("ratio", (Fraction(2, 5), Fraction(1))),
        ("percent", (40, 100)),
        ("reduction", (0, 60)),
        ("difference", (-3, 0)),
    ],
)
def test_the_range_of_a_relation_pairs_the_extremes(relation, expected):
    assert related(relation, (Fraction(2), Fraction(4)), (Fraction(4), Fraction(5))) == expected


def as_printed(value: int, exponent: int, truncate: bool) -> Printed:
    step = 10**exponent
    return printed(f"{(value if truncate else value + step // 2) // step}e{exponent}")


figures = st.tuples(
    st.integers(min_value=10**6, max_value=10**12), st.integers(min_value=0, max_value=5), st.booleans()
)


@given(figures, figures, st.sampled_from(RELATIONS))
def test_what_is_true_of_the_values_is_never_denied_by_their_digits(of, against, relation):
    low, high = related(relation, interval(as_printed(*of)), interval(as_printed(*against)))
    assert low <= value_of(relation, Fraction(of[0]), Fraction(against[0])) <= high


@pytest.mark.parametrize(
    ("digits", "holds"),
    [
        # 30.25 / 34.89, both to the last digit: between 86.66 and 86.75 %.
        ("86.7", True),
        ("87", True),
        ("86", True),
        ("86.6", True),  # truncated
        ("86.5", False),
        ("81", False),
        ("88", False),
    ],
)
def test_a_printed_percentage_agrees_if_the_printed_figures_allow_it(digits, holds):
    allowed = related("percent", interval(printed("30.25", "G")), interval(printed("34.89", "G")))
    assert agrees(printed(digits), allowed) == holds


@pytest.mark.parametrize(
    ("value", "holds"), [("4", True), ("3.5", True), ("4.49", True), ("3.49", False), ("4.51", False)]
)
def test_an_approximate_figure_may_be_an_eighth_away(value, holds):
    exactly = Fraction(value), Fraction(value)
    assert Fraction(1, 8) == APPROXIMATE
    assert agrees(printed("4.00"), exactly, approximate=True) == holds


def test_an_approximate_figure_still_allows_its_own_digits():
    # One digit of 2 allows 1.5 to 3, which is more than an eighth either way.
    assert agrees(printed("2"), (Fraction(29, 10), Fraction(29, 10)), approximate=True)
