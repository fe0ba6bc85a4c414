"""Sweeps: NumPy columns give exactly what Python integers give, or an error."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effbench.cost.design_space import CHUNK, INT64_MAX, evaluate
from effbench.cost.formulas import ravit_macs
from effbench.errors import SpecError

TOKENS = (17, 65, 257)


def tiny_imagenet(coarse, middle, fine, width):
    return ravit_macs((coarse, middle, fine), TOKENS, width)


def by_integers(formula, *columns):
    return [formula(*map(int, row)) for row in zip(*columns, strict=True)]


def test_a_row_by_hand():
    # CIFAR-10, 1-3: 44,999,680 MACs (test_formulas.py), and no layers at all
    found = evaluate(lambda n1, n2: ravit_macs((n1, n2), (17, 65), 128), np.array([1, 0]), np.array([3, 0]))
    assert found.tolist() == [44_999_680, 0]
    assert found.dtype == np.int64


def test_a_random_sample_equals_python_integers():
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, 13, 2_000) for _ in range(3)] + [rng.integers(1, 1_025, 2_000)]
    assert evaluate(tiny_imagenet, *columns).tolist() == by_integers(tiny_imagenet, *columns)


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 2**40)), min_size=1, max_size=20))
def test_any_columns_that_fit_equal_python_integers(rows):
    def formula(a, b):
        return 3 * a * b + b + 5

    columns = [np.array(column) for column in zip(*rows, strict=True)]
    assert evaluate(formula, *columns).tolist() == by_integers(formula, *columns)


@pytest.mark.parametrize("rows", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])
def test_pieces_join_without_a_seam(rows):
    column = np.arange(rows)
    found = evaluate(lambda n: 3 * n + 1, column)
    assert found.shape == (rows,)
    assert np.array_equal(found, 3 * column + 1)


def test_a_constant_formula_fills_every_row():
    assert evaluate(lambda n: 7, np.arange(3)).tolist() == [7, 7, 7]


def test_columns_are_left_alone():
    column = np.arange(5)
    evaluate(lambda n: n + 1, column)
    assert column.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("layers", [INT64_MAX, INT64_MAX - 1])
def test_the_largest_integer_is_reached_exactly(layers):
    assert evaluate(lambda n: n, np.array([layers, 1])).tolist() == [layers, 1]


def test_a_column_of_zeros_makes_no_cost():
    assert evaluate(lambda layers, width: 4 * layers * width, np.array([0]), np.array([INT64_MAX])).tolist() == [0]


def test_the_largest_product_is_reached_exactly():
    # 2^63 - 1 = 7 · 1,317,624,576,693,539,401
    assert evaluate(lambda n: 7 * n, np.array([INT64_MAX // 7])).tolist() == [INT64_MAX]


@pytest.mark.parametrize(
    ("formula", "column"),
    [
        pytest.param(lambda n: n + 1, [INT64_MAX], id="one more than fits"),
        pytest.param(lambda n: 2 * n, [2**62], id="2^63"),
        pytest.param(lambda n: 4 * n, [2**62], id="2^64, which would wrap to 0"),
        pytest.param(lambda n: n * n, [1, 2**32], id="2^64 in one of the rows"),
        pytest.param(lambda n: 12 * 257 * n**2, [2**27], id="a layer as wide as nothing is"),
    ],
)
def test_a_cost_beyond_64_bits_is_an_error(formula, column):
    with pytest.raises(SpecError, match="do not fit in 64 bits; use Python integers"):
        evaluate(formula, np.array(column))


def test_a_column_beyond_64_bits_is_an_error():
    with pytest.raises(SpecError, match="from 0 to 2\\^63 - 1"):
        evaluate(lambda n: n, np.array([2**63], dtype=np.uint64))


@pytest.mark.parametrize("lowest", [-1, -(2**63)])
def test_negative_numbers_are_an_error(lowest):
    with pytest.raises(SpecError, match="from 0 to 2\\^63 - 1"):
        evaluate(lambda n: n, np.array([3, lowest, 3]))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
def test_narrow_integers_do_not_overflow(dtype):
    # 100³ needs more than 16 bits
    assert evaluate(lambda n: n * n * n, np.array([100, 2], dtype=dtype)).tolist() == [1_000_000, 8]


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(np.array([1.0, 2.0]), id="floats"),
        pytest.param(np.array([True, False]), id="truth values"),
        pytest.param(np.array([2**80, 1], dtype=object), id="objects"),
        pytest.param(np.array(["1", "2"]), id="text"),
        pytest.param(np.array([[1, 2], [3, 4]]), id="a matrix"),
        pytest.param(np.array(3), id="a scalar"),
    ],
)
def test_what_is_no_column_of_integers_is_an_error(column):
    with pytest.raises(SpecError, match="one-dimensional and hold integers"):
        evaluate(lambda n: n, column)


def test_columns_of_different_lengths_are_an_error():
    with pytest.raises(SpecError, match=r"equally long, got \[3, 1\]"):
        evaluate(lambda a, b: a + b, np.arange(3), np.arange(1))


def test_no_columns_are_an_error():
    with pytest.raises(SpecError):
        evaluate(lambda: 1)


def test_empty_columns_give_an_empty_result():
    found = evaluate(lambda a, b: a * b, np.array([], dtype=np.int64), np.array([], dtype=np.int32))
    assert found.shape == (0,)
    assert found.dtype == np.int64


def test_a_strided_column_is_read_as_it_is():
    assert evaluate(lambda n: 10 * n, np.arange(6)[::-2]).tolist() == [50, 30, 10]
