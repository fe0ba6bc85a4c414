"""Numbers for people: rounded half up, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.render.numbers import PREFIXES, bytes_binary, fixed, in_unit, joules, scaled, seconds, significant, span


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (23_126_802_432, "23.127 G"),
        (6_441_525_248, "6.442 G"),
        (83_166_720, "83.167 M"),
        (999, "999"),
        (1000, "1.000 k"),
        (0, "0"),
        (1_500_000_000_000, "1.500 T"),
        (2 * 10**18, "2.000 E"),
        (2 * 10**33, "2000.000 Q"),  # the largest prefix
        (10**400, f"1{'0' * 370}.000 Q"),  # no float is so large
        (-1500, "-1.500 k"),
        (999_999_500, "1.000 G"),
        (1500.5, "1.501 k"),
        (1e21, "1.000 Z"),
        (0.25, "0.250"),
        (7.0, "7"),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
        (float("nan"), "nan"),
    ],
)
def test_a_value_takes_the_largest_prefix_that_leaves_a_whole_part(value, text):
    assert scaled(value) == text


def test_the_digits_after_the_point_are_chosen():
    assert scaled(88_956_320, 2) == "88.96 M"


@pytest.mark.parametrize(
    ("value", "prefix", "digits", "text"),
    [
        # Binary fractions would give 1.00, 2.67 and 0.12: 1.005, 2.675 have no exact double, 0.125 rounds to even.
        (1_005, "k", 2, "1.01"),
        (2_675, "k", 2, "2.68"),
        (125, "k", 2, "0.13"),
        (2_500, "k", 0, "3"),
        (3_500, "k", 0, "4"),
        (107_002_724_352, "G", 0, "107"),
        (34_810_339_328, "G", 3, "34.810"),
        (1, "P", 3, "0.000"),
        (5, "", 0, "5"),
    ],
)
def test_halves_are_rounded_up(value, prefix, digits, text):
    assert in_unit(value, prefix, digits) == text


@given(
    st.integers(min_value=0, max_value=10**400), st.sampled_from(list(PREFIXES)), st.integers(min_value=0, max_value=5)
)
def test_no_value_is_further_than_half_a_digit_from_its_text(value, prefix, digits):
    error = Fraction(in_unit(value, prefix, digits)) - Fraction(value, 10 ** PREFIXES[prefix])
    half = Fraction(1, 2 * 10**digits)
    assert -half < error <= half


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (86.70106, 1, "86.7"),
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (75.0, 2, "75.00"),
        (5, 0, "5"),
        (1e-9, 8, "0.00000000"),
        (10**50, 1, f"1{'0' * 50}.0"),
        (Decimal("1e60"), 0, f"1{'0' * 60}"),
        (Fraction(1, 3), 2, "0.33"),
        (float("nan"), 2, "nan"),
        (float("-inf"), 2, "-inf"),
    ],
)
def test_a_float_is_rounded_as_the_number_it_is(value, digits, text):
    assert fixed(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (25_165_824, "24.0 MiB"),  # 24 · 2^20
        (3 * 2**29, "1.5 GiB"),
        (5 * 2**40, "5.0 TiB"),
        (5 * 2**90, "5120.0 YiB"),
        (2**2000, f"{2**1920}.0 YiB"),
        (float("inf"), "inf B"),
    ],
)
def test_bytes_have_binary_prefixes(value, text):
    assert bytes_binary(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1235 s"),  # exact in binary, half up
        (12.3456, "12.35 s"),
        (0.0123456, "12.35 ms"),
        (0.00001234, "12.34 µs"),
        (5e-9, "5.000 ns"),
        (1e-12, "0.001000 ns"),
        (0.0, "0 ns"),
        (1.5e22, "15000000000000000000000 s"),
        (float("inf"), "inf s"),
        (float("nan"), "nan s"),
    ],
)
def test_a_time_has_four_significant_digits(value, text):
    assert seconds(value) == text


def test_digits_before_the_point_are_never_cut():
    assert significant(123456.0) == "123456"
    assert significant(0.0) == "0"
    assert joules(1.5) == "1.500 J"
    assert significant(0.000000012345) == "0.00000001235"
    assert significant(float("inf")) == "inf"


@given(st.floats() | st.integers(-(10**400), 10**400))
def test_every_number_has_a_text(value):
    for text in (scaled(value), in_unit(value, "G"), bytes_binary(value), fixed(value, 2)):
        assert text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (7620, "2 h 07 min")],
)
def test_times_of_waiting(value, text):
    assert span(value) == text
