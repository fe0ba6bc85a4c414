"""A loaded network brought to a steady state, then sampled: at least so many steps and at least so many seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from effbench.profiling.network_worker import Turn
from effbench.profiling.rounds import steps_for
from effbench.profiling.worker.clock import WALL, deciding_clock

WINDOWS = 3
"""Successive windows of a turn's length each whose medians must agree."""

PATIENCE = 6
"""Windows that a network gets at least before it is called unsteady, however slow it is."""

TOLERANCE = 0.05
"""By how much the largest of those medians may exceed the smallest."""

COMPUTES = 0.1
"""Share of wall time from which on CPU time says how fast a step is; a step below it mostly waits."""

Take = Callable[[int], Turn]
"""Steps -> their clocks. Time is what the clocks say: nothing here looks at another."""


@dataclass(frozen=True)
class Warmth:
    """How the steady state was reached.

    Attributes:
        steady: whether WINDOWS successive windows agreed within TOLERANCE before the time was up.
        steps: that it took. seconds: of wall time. clock: whose medians were compared.
        step_ns: median wall time of a step in the last window.
    """

    steady: bool
    steps: int
    seconds: float
    clock: str
    step_ns: int


@dataclass
class Samples:
    """Every step's clocks, in order: clock name -> nanoseconds."""

    clocks: Turn = field(default_factory=dict)

    def add(self, turn: Turn) -> None:
        """Append the steps of a turn."""
        for name, values in turn.items():
            self.clocks.setdefault(name, []).extend(values)

    @property
    def count(self) -> int:
        """Steps so far."""
        return len(self.clocks.get(WALL, ()))

    @property
    def seconds(self) -> float:
        """Wall time so far."""
        return sum(self.clocks.get(WALL, ())) / 1e9


def warm_up(take: Take, first: dict[str, int], seconds: float) -> Warmth:
    """Step until windows agree, or for ``seconds`` of wall time and PATIENCE windows at least.

    Args:
        first: clocks of a step that was made before, by which the first window is measured out.
    """
    done, medians = Samples(), []
    step_ns = first[WALL]
    while True:
        window = take(steps_for([step_ns]))
        done.add(window)
        clock = judged(window)
        step_ns = round(median(window[WALL]))
        medians.append((clock, median(window[clock])))
        steady = _agree(medians[-WINDOWS:])
        if steady or (len(medians) >= PATIENCE and done.seconds >= seconds):
            return Warmth(steady, done.count, done.seconds, clock, step_ns)


def sample(take: Take, step_ns: int, count: int, seconds: float) -> Turn:
    """Clocks of at least ``count`` steps that took at least ``seconds`` of wall time, turn by turn.

    Args:
        step_ns: wall time of a step, by which a turn is measured out.
    """
    taken, steps = Samples(), steps_for([step_ns])
    while taken.count < count or taken.seconds < seconds:
        taken.add(take(steps))
    return taken.clocks


def judged(turn: Turn) -> str:
    """The clock that a steady state is judged by: the one that decides, unless it stands still as the step waits."""
    clock = deciding_clock(turn)
    mostly_waits = clock.waits and sum(turn[clock.name]) < COMPUTES * sum(turn[WALL])
    return WALL if mostly_waits else clock.name


def _agree(medians: list[tuple[str, float]]) -> bool:
    values = [value for _, value in medians]
    same_clock = len({clock for clock, _ in medians}) == 1
    return len(medians) == WINDOWS and same_clock and max(values) <= (1 + TOLERANCE) * min(values)
