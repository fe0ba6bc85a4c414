"""The design space priced at once, against the formula of every single layout."""

from __future__ import annotations

from itertools import product

import pytest

pytest.importorskip("numpy")

import numpy as np

from effbench.errors import SpecError, UnknownName
from effbench.selection.space import Limit, coarse, grid, layouts, macs_of, own, params_of, prices, space, spans

WITHIN = space("ravit_cifar10", (0, 3), (1, 3), (64, 96))


@pytest.mark.parametrize("cost", [macs_of, params_of])
@pytest.mark.parametrize("branches", [1, 2, 3])
def test_every_layout_costs_what_its_formula_says(cost, branches):
    for width in (64, 88):
        found = grid(WITHIN, branches, prices(WITHIN, width, cost))
        named = layouts(WITHIN, branches, np.arange(len(found)))
        assert named == list(product(range(4), repeat=branches))
        assert [int(n) for n, layers in zip(found, named, strict=True) if any(layers)] == [
            cost(WITHIN.name(layers, width)) for layers in named if any(layers)
        ]


def test_spans_are_the_layouts_that_a_scan_finds():
    macs, params = (prices(WITHIN, 96, cost) for cost in (macs_of, params_of))
    limits = [Limit(macs, 1.0, 40e6), Limit(params, most=600e3), Limit(macs, least=10e6)]
    first, last = spans(WITHIN, 3, limits)
    costs, weights = grid(WITHIN, 3, macs), grid(WITHIN, 3, params)
    wanted = np.flatnonzero((costs >= 10e6) & (costs <= 40e6) & (weights <= 600e3))
    found = [place * 4 + n for place in range(16) for n in range(first[place], last[place])]
    assert found == list(wanted)
    assert 0 < len(wanted) < 64


def test_a_grid_is_the_sum_of_its_parts():
    of = prices(WITHIN, 64, macs_of)
    assert len(coarse(WITHIN, 3, of)) == 16
    assert (np.diff(own(WITHIN, of)) > 0).all()


def test_the_size_counts_every_layout():
    assert WITHIN.size == 5 * (4 + 16 + 64)
    assert WITHIN.widths == [64, 72, 80, 88, 96]


@pytest.mark.parametrize(
    "ranges",
    [
        ((0, 0), (1, 2), (64, 64)),
        ((3, 1), (1, 2), (64, 64)),
        ((0, 3), (0, 2), (64, 64)),
        ((0, 3), (1, 9), (64, 64)),
        ((0, 3), (1, 2), (65, 70)),
    ],
)
def test_ranges_without_a_layout_are_refused(ranges):
    with pytest.raises(SpecError):
        space("ravit_cifar10", *ranges)


def test_only_ravits_have_layouts():
    with pytest.raises(UnknownName, match="ravit_cifar10"):
        space("resnet50", (0, 1), (1, 2), (64, 64))
