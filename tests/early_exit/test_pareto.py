import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effbench.early_exit.outcome import outcome
from effbench.early_exit.pareto import cheapest, front, most_accurate
from effbench.early_exit.policy import Policy
from effbench.early_exit.sweep import sweep
from effbench.errors import SpecError
from effbench.stats.scores import SCORES, score

COSTS = [3, 5, 11]


def everything(swept):
    """(cost of all images, right predictions) of every vector."""
    return list(zip(swept.total_cost(COSTS).ravel().tolist(), swept.correct.ravel().tolist(), strict=True))


@settings(deadline=None, max_examples=50)
@given(name=st.sampled_from(sorted(SCORES)), images=st.integers(1, 40), seed=st.integers(0, 1000))
def test_the_front_is_every_point_that_no_other_beats(drawn, name, images, seed):
    swept = sweep(drawn(images, seed=seed), score(name), vectors=100)
    points = set(everything(swept))
    unbeaten = {(c, a) for c, a in points if not any(d <= c and b >= a and (d, b) != (c, a) for d, b in points)}
    found = front(swept, COSTS)
    assert [(p.cost * images, p.correct) for p in found] == sorted(unbeaten)


def test_points_are_what_their_thresholds_do(drawn):
    images = drawn(60)
    for point in front(sweep(images, score("entropy")), COSTS):
        found = outcome(images, Policy(score="entropy", thresholds=point.thresholds))
        assert (point.left, point.correct, point.cost) == (found.left, found.correct, found.cost(COSTS))


@settings(deadline=None, max_examples=50)
@given(images=st.integers(1, 40), seed=st.integers(0, 1000), wanted=st.floats(0, 1))
def test_the_cheapest_of_an_accuracy(drawn, images, seed, wanted):
    swept = sweep(drawn(images, seed=seed), score("entropy"), vectors=100)
    enough = [(c, -a) for c, a in everything(swept) if a >= wanted * images]
    if enough:
        found = cheapest(swept, COSTS, wanted)
        assert (found.cost * images, -found.correct) == min(enough)
    else:
        with pytest.raises(SpecError, match="no thresholds reach an accuracy"):
            cheapest(swept, COSTS, wanted)


@settings(deadline=None, max_examples=50)
@given(images=st.integers(1, 40), seed=st.integers(0, 1000), budget=st.integers(2, 12))
def test_the_most_accurate_within_a_budget(drawn, images, seed, budget):
    swept = sweep(drawn(images, seed=seed), score("margin"), vectors=100)
    within = [(-a, c) for c, a in everything(swept) if c <= budget * images]
    if within:
        found = most_accurate(swept, COSTS, budget)
        assert (-found.correct, found.cost * images) == min(within)
    else:
        with pytest.raises(SpecError, match="no thresholds cost 2 or less; the cheapest cost 3"):
            most_accurate(swept, COSTS, budget)


def test_of_equal_points_the_strictest_stands(drawn):
    images = drawn(1, exits=2)  # one image: "never" and "always" are all there is
    swept = sweep(images, score("entropy"))
    assert cheapest(swept, [4, 4], 0.0).thresholds == swept.vector((0,))


def test_measured_costs(drawn):
    swept = sweep(drawn(40, exits=2), score("entropy"))
    assert front(swept, [0.001, 0.004])[0].cost == pytest.approx(0.001)
    assert most_accurate(swept, [0.001, 0.004], 0.002).cost <= 0.002
