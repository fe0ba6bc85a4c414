"""How many epochs of Table I fit into the time that is left, and in which program. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .pace import Pace

MARGIN = 1.2
"""Times the predicted seconds that a training must find left."""

LONG_EVERY = 10
"""Epochs between two looks at the test images, in trainings longer than the recipe's."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How Table I is trained.

    Attributes:
        epochs: of a training. program: ``separate`` or ``compiled``. seconds: predicted for a seed; None if unknown.
        at_once: seeds that are trained at the same time. why: for people.
    """

    epochs: int
    program: str
    seconds: float | None
    at_once: int
    why: str


def chosen(
    found: Mapping[tuple[str, int], Sequence[Pace]], epochs: Sequence[int], own: int, left: float, seeds: int
) -> Choice:
    """The most epochs that fit, in the program that takes the least time.

    Args:
        found: (program, seeds at once) -> paces of the rows. epochs: to choose from. own: the recipe's epochs.
        left: seconds. seeds: wanted in the end.
    """
    ordered = sorted(epochs, reverse=True)
    single = {program: rows for (program, count), rows in found.items() if count == 1}
    if not single:
        return Choice(epochs=ordered[-1], program="separate", seconds=None, at_once=1, why="nothing was timed")
    for count in ordered:
        every = every_of(count, own)
        times = {program: max(pace.seconds(count, every) for pace in rows) for program, rows in single.items()}
        program = min(times, key=lambda name: times[name])
        if MARGIN * times[program] <= left or count == ordered[-1]:
            break
    together = found.get((program, seeds))
    at_once = 1
    if together and MARGIN * max(pace.seconds(count, every) for pace in together) <= left:
        at_once = seeds
    said = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in times.items())
    why = f"{count} epochs of all rows, one seed: predicted {said}; {left:.0f} s were left"
    return Choice(epochs=count, program=program, seconds=times[program], at_once=at_once, why=why)


def every_of(epochs: int, own: int) -> int:
    """Epochs between two looks at the test images."""
    return 1 if epochs <= own else LONG_EVERY
