"""The front of a family against a scan of every layout, with accuracies from a store of trainings."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

pytest.importorskip("numpy")
pytest.importorskip("scipy")

import numpy as np

from effbench.errors import EffbenchError
from effbench.selection.budget import Budget
from effbench.selection.family import search_family
from effbench.selection.finalists import Here
from effbench.selection.map_accuracy import bare, dataset_of, read_map
from effbench.selection.space import macs_of, space

STORE = Path(__file__).parents[2] / "reports" / "sweeps" / "cifar10" / "results.jsonl"
WITHIN = space("ravit_cifar10", (0, 4), (1, 2), (96, 160))


@pytest.fixture(scope="module")
def known():
    return read_map(STORE, "cifar10")


def test_a_trained_layout_is_as_trained_and_another_extrapolated(known):
    assert known.width == 128
    assert known.known((0, 2), 128) == known.known((2,), 128)
    assert known.known((2,), 96) is None
    one = known.trained[2,]
    assert one.low < one.accuracy < one.high
    far = float(known.extrapolated(np.array([1e15]))[0])
    assert far == known.best
    low, high = known.interval(0.6)
    assert low < 0.6 < high


def test_the_front_is_that_of_a_scan(known):
    found = search_family(WITHIN, Budget(macs=60e6), known, machine=None, max_loss=0.2, here=Here())
    scan = []
    for branches, width in product((1, 2), WITHIN.widths):
        for layers in product(range(5), repeat=branches):
            if any(layers) and (macs := macs_of(WITHIN.name(layers, width))) <= 60e6:
                trained = known.known(layers, width)
                top1 = float(known.extrapolated(np.array([macs]))[0]) if trained is None else trained.accuracy
                if top1 >= known.best - 0.2:
                    scan.append((macs, top1))
    assert found.met == len(scan)
    assert found.layouts == WITHIN.size
    front = {(row.macs, round(row.top1, 9)) for row in found.rows}
    assert (
        all(
            (macs, round(top1, 9)) in front
            for macs, top1 in scan
            if not any(m <= macs and t >= top1 and (m, t) != (macs, top1) for m, t in scan)
        )
        or len(found.rows) == 24
    )
    assert [row.top1 for row in found.rows] == sorted((row.top1 for row in found.rows), reverse=True)
    assert all(row.excess <= 1 for row in found.rows)


def test_where_nothing_meets_the_budget_the_nearest_are_named(known):
    found = search_family(WITHIN, Budget(macs=1e5), known, machine=None, max_loss=0.01, here=Here())
    assert (found.met, found.rows) == (0, [])
    assert found.nearest
    assert all(row.excess > 1 for row in found.nearest)


def test_time_needs_a_machine(known):
    with pytest.raises(EffbenchError, match="--machine"):
        search_family(WITHIN, Budget(latency=1.0), known, machine=None, max_loss=1.0, here=Here())


def test_predicted_times_of_a_grid_are_those_of_the_networks(known):
    pytest.importorskip("torch")
    from effbench.selection.clockwork import clockwork, time_prices
    from effbench.selection.space import grid, layouts

    clock = clockwork("rtx3090", Budget(), Here())
    assert clock is not None
    table = time_prices(WITHIN, clock)
    for width, place in ((104, 7), (136, 23)):  # neither is watched
        seconds = grid(WITHIN, 2, table[width])
        (layers,) = layouts(WITHIN, 2, np.array([place]))
        assert seconds[place] == pytest.approx(clock.seconds(WITHIN.name(layers, width)), rel=1e-9)


def test_leading_branches_without_layers_are_no_branches():
    assert bare((0, 0, 3)) == (3,)
    assert bare((1, 0, 3)) == (1, 0, 3)
    assert dataset_of("ravit_tiny_imagenet") == "tiny-imagenet"
