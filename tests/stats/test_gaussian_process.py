"""A Gaussian process against what it must give by hand, and against functions that are known."""

from __future__ import annotations

import numpy as np
import pytest

from effbench.errors import SpecError
from effbench.stats.gaussian_process import CONSTANT, FEWEST, Process, fitted

pytest.importorskip("scipy")

LINE = np.linspace(0, 3, 8)[:, None]


def test_one_value_is_the_textbook_s_formula():
    """With one value y at x: mean k(x*, x) y / (k(x, x) + s2), variance k(x*, x*) - k(x*, x)2 / (k(x, x) + s2)."""
    known = Process(
        places=np.array([[0.0]]), values=np.array([2.0]), shift=0.0, scale=1.0, numbers=(0.0, 0.0, 0.0, 0.0)
    )
    found = known.predict(np.array([[1.0]]))
    near = CONSTANT + 2 * np.exp(-0.5)  # one coordinate: the two parts are the same
    own = CONSTANT + 2
    assert found.mean[0] == pytest.approx(near * 2 / (own + 1))
    assert found.function[0] ** 2 == pytest.approx(own - near**2 / (own + 1))
    assert found.value[0] ** 2 == pytest.approx(found.function[0] ** 2 + 1)


def test_a_smooth_function_is_found_between_its_values():
    values = np.sin(LINE[:, 0])
    found = fitted(LINE, values).predict(np.array([[0.7], [1.9]]))
    assert found.mean == pytest.approx(np.sin([0.7, 1.9]), abs=0.05)


def test_noise_is_told_from_the_function_where_values_repeat():
    draw = np.random.default_rng(0)
    places = np.repeat(LINE, 20, axis=0)
    values = places[:, 0] + draw.normal(scale=0.5, size=len(places))
    found = fitted(places, values).predict(np.array([[1.5]]))
    noise = np.sqrt(found.value[0] ** 2 - found.function[0] ** 2)
    assert noise == pytest.approx(0.5, rel=0.15)


def test_another_value_narrows_what_is_near():
    process = fitted(LINE[:5], LINE[:5, 0])
    before = process.predict(LINE[7:]).function[0]
    after = process.knowing(LINE[7], 3.0).predict(LINE[7:])
    assert after.function[0] < before
    assert after.mean[0] == pytest.approx(3.0, abs=0.2)


def test_too_few_values_are_refused():
    with pytest.raises(SpecError, match=f"needs {FEWEST} values or more, got 2"):
        fitted(LINE[:2], LINE[:2, 0])
