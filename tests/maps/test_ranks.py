"""The order of networks early in a schedule, and after a longer one."""

from __future__ import annotations

import json

import pytest

from effbench.maps.ranks import ENOUGH, rank_note, rank_rows
from effbench.maps.selection import every_recipe
from effbench.training.sweep.runs import trainings

CELLS = {f"{a}-{b}": 30 + 10 * a + b for a in range(4) for b in range(4) if a or b}


@pytest.fixture
def recipes(trained_store):
    """``recipes(early, long)``: of stores with curves; ``early``: accuracy after 2 of 6 epochs by that at the end."""

    def make(early, long=None):
        path = trained_store({name: [right] for name, right in CELLS.items()}, epochs=6)
        entries = [json.loads(line) for line in path.read_text().splitlines()]
        for entry in entries:
            share = entry["exits"][-1]["top1"] / 100
            points = {2: early(share), 4: share / 2, 6: share}
            entry["curve"] = [{"number": n, "loss": 1.0, "accuracy": [0.0, a]} for n, a in points.items()]
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        if long is not None:
            trained_store({name: [100 - right] for name, right in list(CELLS.items())[:long]}, epochs=60)
        found = every_recipe(trainings([path]))
        return found[0], found[1:]

    return make


def test_orders_at_thirds_of_the_schedule(recipes):
    first, second = rank_rows(*recipes(lambda share: 1 - share))
    assert (first.epoch, first.of, first.against, first.networks) == (2, 6, 6, 15)
    assert (first.tau, first.low, first.high) == (-1.0, -1.0, -1.0)
    assert (second.epoch, second.tau) == (4, 1.0)


def test_a_longer_schedule_counts_where_it_has_enough_of_the_networks(recipes):
    *_, last = rank_rows(*recipes(lambda share: share, ENOUGH))
    assert (last.epoch, last.of, last.against, last.networks, last.tau) == (6, 6, 60, ENOUGH, -1.0)
    (note,) = rank_note([last])
    assert "after 6 of 6 epochs against 60 epochs -1.00 [-1.00, -1.00]" in note


def test_with_fewer_nothing_is_said(recipes):
    assert [row.against for row in rank_rows(*recipes(lambda share: share, ENOUGH - 1))] == [6, 6]


def test_without_curves_nothing_is_said(trained_store):
    (found,) = every_recipe(trainings([trained_store({"1-1": [50], "1-2": [60]}, epochs=6)]))
    assert rank_rows(found, []) == []
    assert rank_note([]) == []
