"""Printed figures: which values print as these digits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.errors import EffbenchError
from effbench.stats.printed import match, parse_figure, printed

values = st.integers(min_value=1, max_value=10**18)
exponents = st.integers(min_value=0, max_value=12)


@pytest.mark.parametrize(
    ("digits", "scale", "value", "step"),
    [
        ("14.492", "G", 14_492_000_000, 10**6),
        ("107", "G", 107 * 10**9, 10**9),
        ("83.16", "M", 83_160_000, 10**4),
        ("12.00", "G", 12 * 10**9, 10**7),  # the zeros are digits: three decimals would be off
        ("65", "", 65, 1),
        ("0.25", "", Fraction(1, 4), Fraction(1, 100)),
    ],
)
def test_a_figure_is_its_value_and_the_worth_of_its_last_digit(digits, scale, value, step):
    figure = printed(digits, scale)
    assert (figure.value, figure.step) == (value, step)


def test_digits_and_scale_stay_readable():
    assert printed("14.492", "G").text == "14.492 G"
    assert printed("65").text == "65"


def test_the_values_a_figure_allows():
    # 83.16: rounded from 83.155 on, truncated below 83.17.
    figure = printed("83.16", "M")
    assert (figure.low, figure.high) == (83_155_000, 83_170_000)


@pytest.mark.parametrize(
    ("ours", "digits", "scale", "expected"),
    [
        (83_160_000, "83.16", "M", "exact"),
        (83_166_720, "83.16", "M", "truncated"),  # rounded it would read 83.17
        (83_166_720, "83.17", "M", "rounded"),
        (14_491_865_088, "14.492", "G", "rounded"),
        (14_491_865_088, "14.491", "G", "truncated"),
        (14_491_865_088, "14.490", "G", "off"),
        (107_002_724_352, "107", "G", "rounded"),
        (107_999_999_999, "107", "G", "truncated"),
        (108_000_000_000, "107", "G", "off"),
        (106_499_999_999, "107", "G", "off"),
        # Halves: up and down are both ways to round.
        (106_500_000_000, "107", "G", "rounded"),
        (107_500_000_000, "107", "G", "rounded"),
        (Fraction(1, 3), "0.33", "", "rounded"),
        (Fraction(2, 3), "0.66", "", "truncated"),
    ],
)
def test_how_the_digits_come_out_of_our_value(ours, digits, scale, expected):
    assert match(ours, printed(digits, scale)) == expected


@given(values, exponents)
def test_a_rounded_value_is_recognised(value, exponent):
    step = 10**exponent
    rounded = printed(str((value + step // 2) // step) + f"e{exponent}")
    assert match(value, rounded) in ("exact", "rounded")


@given(values, exponents)
def test_a_truncated_value_is_recognised(value, exponent):
    truncated = printed(str(value // 10**exponent) + f"e{exponent}")
    assert match(value, truncated) in ("exact", "rounded", "truncated")


@given(values, exponents)
def test_a_value_that_is_a_step_away_is_off(value, exponent):
    step = 10**exponent
    figure = printed(f"{value // step}e{exponent}")
    assert match(figure.value + step, figure) == "off"
    assert match(figure.value - step, figure) == "off"


@given(values, exponents, st.integers(min_value=-(10**19), max_value=10**19))
def test_a_value_holds_exactly_where_low_and_high_say(value, exponent, shift):
    figure = printed(f"{value // 10**exponent}e{exponent}")
    ours = value + shift
    assert (match(ours, figure) != "off") == (figure.low <= ours < figure.high)


@pytest.mark.parametrize(
    ("text", "value", "step"),
    [
        ("14.492G", 14_492_000_000, 10**6),
        ("14.492 G", 14_492_000_000, 10**6),
        (" 83.16 MFLOPs ", 83_160_000, 10**4),
        ("17.6 GMACs", 17_600_000_000, 10**8),
        ("23126802432", 23_126_802_432, 1),
        ("23_126_802_432", 23_126_802_432, 1),
        ("23 126 802 432", 23_126_802_432, 1),
        ("6.11e5", 611_000, 1000),
        ("611.08k", 611_080, 10),
        ("611.08K", 611_080, 10),
        ("1.5T", 1_500_000_000_000, 10**11),
        ("2P", 2 * 10**15, 10**15),
    ],
)
def test_a_typed_figure_is_read_with_its_scale(text, value, step):
    figure = parse_figure(text)
    assert (figure.value, figure.step) == (value, step)


@pytest.mark.parametrize(
    "text", ["", " ", "G", "abc", "-1", "-1G", "14,492", "1.2.3", ".5", "5.", "14.492X", "14.492 Gbit", "nan", "inf"]
)
def test_a_figure_that_is_no_number_is_an_error_with_an_example(text):
    with pytest.raises(EffbenchError, match=r"k, M, G, T, P, E, Z, Y, R or Q, e\.g\. 14\.492G; got "):
        parse_figure(text)


@pytest.mark.parametrize("text", ["0", "0G", "0.000", "0e9"])
def test_a_figure_of_nothing_is_an_error(text):
    with pytest.raises(EffbenchError, match="value must be more than 0"):
        parse_figure(text)


@pytest.mark.parametrize("digits", ["NaN", "Infinity", "about 5", ""])
def test_digits_that_are_no_number_are_an_error(digits):
    with pytest.raises(EffbenchError, match="is not a number"):
        printed(digits, "G")


@pytest.mark.parametrize(("text", "value"), [("1.5E", 15 * 10**17), ("2 QMACs", 2 * 10**30), ("3e4Z", 3 * 10**25)])
def test_every_prefix_of_our_tables_is_read(text, value):
    assert parse_figure(text).value == value


POWERS = {"k": 3, "K": 3, "M": 6, "G": 9, "B": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24, "R": 27, "Q": 30}


@pytest.mark.parametrize("scale", POWERS)
def test_every_scale_is_its_power_of_ten(scale):
    assert parse_figure(f"1.5{scale}").value == 15 * 10 ** (POWERS[scale] - 1)
