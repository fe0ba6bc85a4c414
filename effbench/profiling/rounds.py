"""Turns in lock-step: in every round each seat takes one turn, in an order drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

from effbench.processes.process import WorkerFailed
from effbench.profiling.network_worker import NetworkWorker, Turn

TURN = 0.05
"""Seconds that a turn should last: long against a context switch, short against a change of the machine's mood."""


@dataclass(frozen=True)
class Seat:
    """A loaded network that takes turns.

    Attributes:
        name: what its turns are filed under.
        worker, key: where it is loaded. steps: per turn.
        limit: seconds a turn may take.
    """

    name: str
    worker: NetworkWorker
    key: str
    steps: int
    limit: float = 120.0

    def turn(self) -> Turn:
        """One turn."""
        return self.worker.turn(self.key, self.steps, self.limit)


def play(
    seats: Sequence[Seat], rounds: int, order: Random, done: Callable[[], None] = lambda: None
) -> list[dict[str, Turn]]:
    """``rounds`` rounds, the order of the seats drawn anew in each; ``done`` is called after every round.

    Raises:
        WorkerFailed: one of them failed.
    """
    played = []
    for _ in range(rounds):
        turns = {seat.name: seat.turn() for seat in order.sample(list(seats), len(seats))}
        played.append({seat.name: turns[seat.name] for seat in seats})
        done()
    return played


def require_moved(played: Iterable[Mapping[str, Turn]], clocks: Iterable[str]) -> None:
    """Raise WorkerFailed if one of the clocks stood still for a whole turn of a seat: no ratio can be made of it."""
    for turns, clock in product(played, tuple(clocks)):
        for seat, turn in turns.items():
            if not any(turn[clock]):
                said = f"the {clock} clock gave 0 ns for a turn of {len(turn[clock])} steps"
                raise WorkerFailed("unavailable", said, seat)


def steps_for(step_times: Iterable[int], seconds: float = TURN) -> int:
    """Steps that fill a turn, from the nanoseconds that some took; at least one.

    Raises:
        WorkerFailed: a typical step took no time, so that no number of steps fills a turn.
    """
    times = sorted(step_times)
    typical = times[len(times) // 2]
    if typical <= 0:
        raise WorkerFailed("unavailable", f"the clock gave {typical} ns for a step: it cannot time this network")
    return max(1, round(seconds * 1e9 / typical))
