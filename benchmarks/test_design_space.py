"""How many RAViT architectures per second the NumPy path prices; each result is first checked against integers.

``python -m pytest benchmarks --benchmark-enable``; the rate stands in the saved results as ``architectures_per_s``.
"""

import dataclasses

import numpy as np
import pytest

from effbench.cost.convention import convention
from effbench.cost.design_space import evaluate
from effbench.cost.formulas import ravit_macs
from effbench.models.registry import resolve

ROWS = 1_000_000
SAMPLE = 200
TOKENS = (17, 65, 257)  # Tiny ImageNet, 16² to 64² pixels in patches of 4
WIDTH = 768


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def timed(benchmark, rows, function, *arguments):
    """The function's result; its rate goes into the benchmark's record where one is kept."""
    found = benchmark(function, *arguments)
    if benchmark.stats:
        benchmark.extra_info["architectures_per_s"] = rows / benchmark.stats["min"]
    return found


def agree(formula, columns, rng):
    """Whether a random sample of rows equals the formula on Python integers."""
    sample = rng.integers(0, ROWS, SAMPLE)
    by_integers = [formula(*(int(column[row]) for column in columns)) for row in sample]
    return evaluate(formula, *columns)[sample].tolist() == by_integers


def test_columns_of_layer_counts(benchmark, rng):
    def macs(coarse, middle, fine):
        return ravit_macs((coarse, middle, fine), TOKENS, WIDTH)

    columns = [rng.integers(0, 13, ROWS) for _ in TOKENS]
    assert agree(macs, columns, rng)
    assert timed(benchmark, ROWS, evaluate, macs, *columns).shape == (ROWS,)


def test_columns_of_layer_counts_and_widths(benchmark, rng):
    def macs(coarse, fine, width):
        return ravit_macs((coarse, fine), TOKENS[:2], width)

    columns = [rng.integers(0, 13, ROWS), rng.integers(0, 13, ROWS), 64 * rng.integers(1, 17, ROWS)]
    assert agree(macs, columns, rng)
    assert timed(benchmark, ROWS, evaluate, macs, *columns).shape == (ROWS,)


def test_grid_of_layer_counts_through_the_operation_counts(benchmark, rng):
    model, chosen, axis = resolve("ravit_tiny_imagenet:1-1-1"), convention("ravit"), np.arange(100)

    def priced(*layers):
        spec = dataclasses.replace(model.spec, layers=layers)
        return chosen.total(model.entry.family.cost(spec))

    axes = (axis[:, None, None], axis[None, :, None], axis[None, None, :])
    grid = priced(*axes)
    sample = rng.integers(1, len(axis), (SAMPLE, 3)).tolist()
    assert [int(grid[tuple(layers)]) for layers in sample] == [priced(*layers) for layers in sample]
    assert timed(benchmark, grid.size, priced, *axes).shape == (100, 100, 100)
