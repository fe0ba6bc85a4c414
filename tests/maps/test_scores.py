"""The efficient frontier of a trained map, and which networks noise does not tell from it."""

from __future__ import annotations

import pytest

from effbench.maps.grid import Cell
from effbench.maps.scores import frontier

pytest.importorskip("scipy")


def cell(name, cost, *rights):
    return Cell(
        layers=tuple(map(int, name.split("-"))),
        model=f"ravit_cifar10:{name}",
        status="trained",
        right=dict(enumerate(rights)),
        images=100,
        cost=cost,
    )


def test_a_network_is_on_it_if_no_cheaper_one_is_as_accurate():
    found = frontier([cell("1-0", 1, 50), cell("2-0", 2, 50), cell("0-1", 4, 70), cell("1-1", 5, 60)])
    assert found.on == ["1-0", "0-1"]


def test_of_equal_costs_the_more_accurate_is_on_it():
    assert frontier([cell("1-0", 1, 50), cell("0-1", 1, 60)]).on == ["0-1"]


def test_one_seed_says_nothing_of_noise():
    found = frontier([cell("1-0", 1, 50), cell("0-1", 2, 49)])
    assert (found.noise, found.near) == (None, [])


def test_what_seeds_explain_is_near():
    # Both cells: seeds 2 points apart, s = √(1² + 1²) = 1.414 points with 1 degree of freedom each, so 2 in all;
    # t(0.975; 2) = 4.303, two seeds each: 4.303 · 1.414 · √1 = 6.085 points.
    near = frontier([cell("1-0", 1, 59, 61), cell("0-1", 2, 53, 55)])
    assert (near.on, near.near) == (["1-0"], ["0-1"])
    far = frontier([cell("1-0", 1, 59, 61), cell("0-1", 2, 52, 54)])
    assert (far.on, far.near) == (["1-0"], [])
    assert near.noise is not None
    assert near.noise.freedom == 2
    assert near.noise.deviation == pytest.approx(0.0141421, abs=1e-6)
