"""The front of a family against a scan of every layout, with accuracies from a store of trainings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

pytest.importorskip("numpy")
pytest.importorskip("scipy")

import numpy as np

from effbench.counting.time_terms import timeable
from effbench.errors import EffbenchError
from effbench.models.registry import resolve
from effbench.prediction.predicting import of_network
from effbench.prediction.published import published
from effbench.prediction.setting import resolve as setting_of
from effbench.selection import family
from effbench.selection.budget import Budget
from effbench.selection.clockwork import Clockwork, clockwork
from effbench.selection.family import search_family
from effbench.selection.finalists import Here, Timings
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
    from effbench.selection.clockwork import time_prices
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


@dataclass(frozen=True)
class Drifting(Clockwork):
    """This machine, predicted as a published setting is."""

    def predict(self, name):
        return next(of_network(timeable(resolve(name)), [SETTING]))


SETTING = setting_of("rtx3090", published().settings)


@pytest.mark.parametrize("speed", [0.6, 1.0, 1.7])
def test_a_machine_that_has_become_faster_or_slower_is_chosen_by_its_pace(known, monkeypatch, speed):
    pytest.importorskip("torch")
    within, here = space("ravit_cifar10", (0, 4), (2, 2), (128, 128)), Here(count=5)
    base = clockwork("rtx3090", Budget(), here)
    machine = Drifting(base.fitted, base.batch, None, here)
    names = {within.name((0,) * (2 - len(layers)) + layers, 128): one for layers, one in known.trained.items()}
    rates = {name: speed * machine.predict(name).images_per_s for name in names}
    asked = Budget(throughput=sorted(rates.values())[len(rates) // 2])
    monkeypatch.setattr(family, "clockwork", lambda *asked: machine)
    monkeypatch.setattr(
        family,
        "times",
        lambda jobs, here: Timings([speed * machine.predict(job.model).images_per_s for job in jobs]),
    )
    found = search_family(within, asked, known, machine="here", max_loss=1.0, here=here)
    assert found.pace == (None if speed == 1.0 else pytest.approx(speed))
    assert found.rows[0].measured >= asked.throughput
    best = max(one.accuracy for name, one in names.items() if rates[name] >= asked.throughput)
    assert found.rows[0].top1 >= best - 0.01
