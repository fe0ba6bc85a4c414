"""Turns in random order, and how long they are."""

from __future__ import annotations

from random import Random

import pytest

from effbench.processes.process import WorkerFailed
from effbench.profiling.rounds import Seat, play, require_moved, steps_for

MS = 1_000_000


class Played:
    """A worker that notes who took a turn."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, int]] = []

    def turn(self, key, steps, limit):
        self.turns.append((key, steps))
        return {"wall": [len(self.turns)] * steps}


def seats(worker):
    return [Seat(name, worker, name.lower(), steps) for name, steps in (("A", 1), ("B", 2), ("C", 3))]


def test_every_seat_takes_one_turn_a_round():
    worker, rounds = Played(), []
    played = play(seats(worker), 5, Random(3), lambda: rounds.append(len(worker.turns)))
    assert rounds == [3, 6, 9, 12, 15]
    for first in range(0, 15, 3):
        assert sorted(worker.turns[first : first + 3]) == [("a", 1), ("b", 2), ("c", 3)]
    assert [list(turns) for turns in played] == [["A", "B", "C"]] * 5
    assert [len(turns["B"]["wall"]) for turns in played] == [2] * 5


def test_each_order_comes_as_often_as_any():
    worker = Played()
    play(seats(worker)[:2], 400, Random(3))
    first = [key for key, _ in worker.turns[::2]]
    # 200 of 400 with a standard deviation of 10
    assert 160 < first.count("a") < 240


@pytest.mark.parametrize(
    ("times", "steps"),
    [
        ([10 * MS], 5),  # 50 ms
        ([30 * MS, 10 * MS, 20 * MS], 2),  # the middle one: 50 / 20 = 2.5, rounded to even
        ([2000 * MS], 1),
        ([1], 50 * MS),
    ],
)
def test_a_turn_lasts_fifty_milliseconds(times, steps):
    assert steps_for(times) == steps


@pytest.mark.parametrize("times", [[0], [0, 0, MS], [-5]])
def test_no_number_of_steps_without_time_fills_a_turn(times):
    with pytest.raises(WorkerFailed, match=r"the clock gave (0|-5) ns for a step") as caught:
        steps_for(times)
    assert caught.value.kind == "unavailable"  # of the machine, not of the model


@pytest.mark.parametrize(("clocks", "fine"), [(("wall",), True), (("wall", "cpu"), False), (("cpu",), False)])
def test_a_clock_that_stood_still_for_a_turn_is_named(clocks, fine):
    played = [{"A": {"wall": [5, 5], "cpu": [1, 0]}}, {"A": {"wall": [5, 5], "cpu": [0, 0]}}]
    if fine:
        require_moved(played, clocks)
        return
    with pytest.raises(WorkerFailed, match="the cpu clock gave 0 ns for a turn of 2 steps") as caught:
        require_moved(played, clocks)
    assert (caught.value.kind, caught.value.who) == ("unavailable", "A")
