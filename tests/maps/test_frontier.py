"""The efficient frontier of a trained map, and which networks noise does not tell from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.maps.frontier import frontier
from effbench.maps.trained_grid import Cell

pytest.importorskip("scipy")


def cell(name, cost, *rights):
    return Cell(
        layers=tuple(map(int, name.split("-"))),
        model=f"ravit_cifar10:{name}",
        status="trained",
        right=dict(enumerate(rights)),
        images=100,
        failed={},
        cost=cost,
    )


def test_a_network_is_on_it_if_no_cheaper_one_is_as_accurate():
    found = frontier([cell("1-0", 1, 50), cell("2-0", 2, 50), cell("0-1", 4, 70), cell("1-1", 5, 60)])
    assert found.on == ("1-0", "0-1")


def test_of_equal_costs_the_more_accurate_is_on_it():
    assert frontier([cell("1-0", 1, 50), cell("0-1", 1, 60)]).on == ("0-1",)


def test_one_seed_says_nothing_of_noise():
    found = frontier([cell("1-0", 1, 50), cell("0-1", 2, 49)])
    assert (found.noise, found.near) == (None, ())


def test_what_seeds_explain_is_near():
    # Both cells: seeds 2 points apart, s = √(1² + 1²) = 1.414 points with 1 degree of freedom each, so 2 in all;
    # t(0.975; 2) = 4.303, two seeds each: 4.303 · 1.414 · √1 = 6.085 points.
    near = frontier([cell("1-0", 1, 59, 61), cell("0-1", 2, 53, 55)])
    assert (near.on, near.near) == (("1-0",), ("0-1",))
    far = frontier([cell("1-0", 1, 59, 61), cell("0-1", 2, 52, 54)])
    assert (far.on, far.near) == (("1-0",), ())
    assert near.noise is not None
    assert near.noise.freedom == 2
    assert near.noise.deviation == pytest.approx(0.0141421, abs=1e-6)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 100)), min_size=1, max_size=12))
def test_it_is_what_nothing_dominates(points):
    cells = [cell(f"{n}-1", cost, right) for n, (cost, right) in enumerate(points)]
    on = set(frontier(cells).on)
    for one in cells:
        beaten = any(
            other.cost <= one.cost and other.mean >= one.mean and (other.cost, other.mean) != (one.cost, one.mean)
            for other in cells
        )
        twins = {other.name for other in cells if (other.cost, other.mean) == (one.cost, one.mean)}
        assert bool(on & twins) is not beaten
