"""Polynomials through whole numbers: found where there is one, with the finest step, and refused elsewhere."""

from __future__ import annotations

import pytest

from effbench.counting.interpolation import interpolated
from effbench.errors import EffbenchError


def found(function, names=("H", "W"), bases=(224, 224), tops=(2048, 2048)):
    return interpolated(lambda values: function(*values), names, bases, tops)


def test_a_polynomial_is_found_to_the_integer():
    form = found(lambda h, w: 3 * h * h * w + 7 * h * w + 5)
    assert [(axis.step, axis.low, axis.high, axis.degree) for axis in form.axes] == [(1, 1, 2048, 2), (1, 1, 2048, 1)]
    assert form((17, 1000)) == 3 * 17 * 17 * 1000 + 7 * 17 * 1000 + 5
    assert form.checked >= 4


@pytest.mark.parametrize("step", [2, 4, 7, 12, 14, 16, 32, 48, 60, 224])
def test_the_step_is_the_smallest_on_which_divisions_come_out_even(step):
    form = found(lambda h: (h // step) ** 2 * 11, ("H",), (step * (224 // step or 1),), (2048,))
    assert form.axes[0].step == step
    assert form((5 * step,)) == 25 * 11
    with pytest.raises(EffbenchError, match=f"H = {5 * step + 1} is outside of the formula, which holds where H is a"):
        form((5 * step + 1,))


def test_a_rest_belongs_to_the_domain():
    form = found(lambda h: ((h - 3) // 8) * 5, ("H",), (35,), (1024,))
    assert (form.axes[0].step, form.axes[0].low % 8) == (8, 3)
    assert "3 more than a multiple of 8" in str(form.axes[0])


def only_up_to(limit):
    def function(h):
        if h > limit:
            raise EffbenchError("too large")
        return h * h

    return function


def test_the_domain_ends_where_the_function_does_or_changes():
    assert found(only_up_to(1700), ("H",), (224,), (2048,)).axes[0].high == 1700
    assert found(lambda h: h * max(h, 50), ("H",), (224,), (2048,)).axes[0].low == 50


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda h: 2 ** (h // 32), "no closed form in H: its work is no polynomial of H"),
        (lambda h: h * (h.bit_length() - 1), "no closed form in H: its work is no polynomial"),
        (only_up_to(224), "no closed form in H: it runs at H = 224, but: too large"),
    ],
)
def test_what_is_no_polynomial_is_refused_with_the_reason(function, said):
    with pytest.raises(EffbenchError, match=said):
        found(function, ("H",), (224,), (2048,))


def test_what_is_a_polynomial_along_each_side_and_not_of_both_is_refused():
    with pytest.raises(EffbenchError, match="the polynomial through other sizes gives"):
        found(lambda h, w: h * w + (1000 if h > 300 and w > 300 else 0) * 0 + (h == w and h > 600))


def test_small_sides_that_exist_beside_large_ones_alone_are_left_out():
    def function(h, w):
        if h * w < 64 * 64:
            raise EffbenchError("too small")
        return h * w

    form = found(function)
    assert all(axis.low >= 32 for axis in form.axes)
    assert form((300, 200)) == 60_000
