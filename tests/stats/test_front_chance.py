from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.errors import EffbenchError
from effbench.stats.front_chance import Point, chance, deviation


def point(cost: float, accuracy: float, images: int | None = 10_000, seed_deviation: float = 0.0) -> Point:
    return Point(cost=cost, accuracy=accuracy, images=images, seed_deviation=seed_deviation)


def test_the_cheapest_is_on_the_front_for_sure() -> None:
    assert chance(0, [point(1, 0.5), point(2, 0.9)]) == pytest.approx(1.0, abs=1e-6)


def test_two_equal_networks_have_even_chances() -> None:
    assert chance(0, [point(1, 0.8), point(1, 0.8)]) == pytest.approx(0.5, abs=1e-6)


def test_two_networks_by_hand() -> None:
    """Difference .8 - .79 = .01; each variance p(1 - p)/n: .16/1e4 and .1659/1e4, sd of it √(.3259e-4) = .0057088;
    Φ(.01 / .0057088) = Φ(1.75168) = .96008.
    """
    found = chance(1, [point(1, 0.79), point(2, 0.80)])
    assert found == pytest.approx((1 + math.erf(1.75168 / math.sqrt(2))) / 2, abs=1e-4)
    assert found == pytest.approx(0.96008, abs=1e-4)


def test_three_equal_networks_share() -> None:
    """The largest of three equal normal values is each with probability 1/3."""
    points = [point(1, 0.8)] * 3
    assert [chance(i, points) for i in range(3)] == pytest.approx([1 / 3] * 3, abs=1e-6)


def test_seeds_add_to_the_doubt() -> None:
    sure, less = ([point(1, 0.79), point(2, 0.80, seed_deviation=sd)] for sd in (0.0, 0.02))
    assert deviation(less[1]) == pytest.approx(math.hypot(0.004, 0.02))  # √(.8 · .2 / 10,000) = .004
    assert chance(1, sure) > chance(1, less) > 0.5  # type: ignore[operator]


def test_without_a_number_of_images_there_is_no_probability() -> None:
    points = [point(1, 0.5, images=None), point(2, 0.9), point(0.5, 0.4)]
    assert chance(0, points) is None
    assert chance(1, points) is None  # it is compared with the first
    assert chance(2, points) is not None
    with pytest.raises(ValueError, match="not known"):
        deviation(points[0])


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 999)), min_size=1, max_size=8))
def test_probabilities_at_the_dearest_cost_add_up(found: list[tuple[int, int]]) -> None:
    """One of all is the most accurate: if all cost the same, the probabilities add up to 1."""
    points = [point(7, accuracy / 1000, images=2000) for _, accuracy in found]
    assert math.fsum(chance(i, points) or 0.0 for i in range(len(points))) == pytest.approx(1.0, abs=2e-3)
    varied = [point(cost, accuracy / 1000, images=2000) for cost, accuracy in found]
    assert all(0 <= (chance(i, varied) or 0.0) <= 1 for i in range(len(varied)))


@pytest.mark.parametrize("field", ["cost", "accuracy", "seed_deviation"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_network_of_what_is_no_number_is_refused(field, value):
    given = {"cost": 1.0, "accuracy": 0.5, "images": 10, field: value}
    with pytest.raises(EffbenchError, match=r"a network of a front: .* is not a finite number"):
        Point(**given)


def test_the_deviation_is_that_of_a_share_and_never_nothing() -> None:
    """Of none or all of 10 images right, half an image is taken away or added: sqrt(0.05 · 0.95 / 10)."""
    found = [deviation(Point(cost=1, accuracy=share, images=10)) for share in (0.0, 1.0)]
    assert found == pytest.approx([math.sqrt(0.05 * 0.95 / 10)] * 2)
    assert deviation(Point(cost=1, accuracy=0.5, images=100)) == pytest.approx(0.05)
