from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from effbench.stats.pareto import front


def test_the_front_is_what_no_other_beats() -> None:
    costs, gains = [3, 1, 2, 2, 4, 1], [0.9, 0.7, 0.6, 0.8, 0.9, 0.7]
    # (1, .7) twice: the first stands for both; (2, .6) costs more and is worse; (4, .9) costs more and is no better
    assert front(costs, gains).tolist() == [1, 3, 0]
    assert front([], []).tolist() == []


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(-3, 9)), max_size=12))
def test_every_point_off_the_front_is_beaten_by_one_on_it(points: list[tuple[int, int]]) -> None:
    on = [points[place] for place in front(*zip(*points, strict=True))] if points else []
    assert on == sorted(set(on))
    assert [gain for _, gain in on] == sorted({gain for _, gain in on})
    for cost, gain in set(points) - set(on):
        assert any(other <= cost and more >= gain for other, more in on)
