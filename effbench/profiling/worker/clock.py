"""Every clock around a step in one table: what it reads, on which devices, and what its time is used for there.

A new clock is an entry of CLOCKS; samples, tables, ratios and journals follow. PyTorch is imported where a GPU is
timed, so the table can be read without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

WALL = "wall"
"""The clock by which turns are measured out, as it runs on every device and whatever a step does."""

LAUNCH = "launch"
"""The clock that says whether handing the work over is what takes the time."""

LATENCY = "latency"
"""Its time is the latency of a profile, a roofline and a claim: one clock a device."""
RATIO = "ratio"
"""``effbench profile --relative-to`` shows the ratio of its times."""
DECIDES = "decides"
"""It decides the gate's verdict, and whether a network has settled: one clock a device."""
OBJECTS = "objects"
"""The gate decides nothing where this clock says the opposite: one clock a device."""


Step = Callable[[], object]
Timer = Callable[[Step], Any]
"""Makes a step once; what it gives, ``Clock.nanoseconds`` can read when the device has done its work."""


def counter(now: Callable[[], int]) -> Timer:
    """By a counter of nanoseconds."""

    def timer(step: Step) -> int:
        begin = now()
        step()
        return now() - begin

    return timer


def events() -> Timer:
    """By CUDA events on the stream, around what the step hands over."""
    import torch

    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))

    def timer(step: Step) -> Any:
        first.record()
        step()
        last.record()
        return first, last

    return timer


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A clock.

    Attributes:
        name: of its samples; its columns begin with it. reads: what it reads, in words.
        uses: device on which it is read -> LATENCY and its like, as far as they hold there.
        timer: device, threads -> what times a step. nanoseconds: what that gave -> the time.
        early: it stops when the step has returned, which on a GPU is before its work is done.
        title: of its column in a profile, which shows it unless it is the latency. interval: whether that is beside it.
        waits: it stands still while a step waits, so it judges no step that mostly does.
        comparable: whether ratios of its times are worth keeping.
    """

    name: str
    reads: str
    uses: Mapping[str, tuple[str, ...]]
    timer: Callable[[str, int], Timer]
    title: str
    nanoseconds: Callable[[Any], int] = int
    early: bool = False
    interval: bool = False
    waits: bool = False
    comparable: bool = True


CLOCKS = [
    Clock(
        name=WALL,
        reads="wall time",
        uses={"cpu": (LATENCY, RATIO, OBJECTS), "cuda": (RATIO, OBJECTS)},
        timer=lambda device, threads: counter(time.perf_counter_ns),
        title="wall",
    ),
    Clock(
        name="cpu",
        reads="CPU time",
        uses={"cpu": (RATIO, DECIDES), "cuda": ()},
        timer=lambda device, threads: counter(
            time.thread_time_ns if threads == 1 or device == "cuda" else time.process_time_ns
        ),
        title="CPU time",
        interval=True,
        waits=True,
    ),
    Clock(
        name=LAUNCH,
        reads="host time until the work was handed over",
        uses={"cuda": ()},
        timer=lambda device, threads: counter(time.perf_counter_ns),
        title="launch",
        early=True,
        comparable=False,
    ),
    Clock(
        name="device",
        reads="the device's events",
        uses={"cuda": (LATENCY, RATIO, DECIDES)},
        timer=lambda device, threads: events(),
        nanoseconds=lambda pair: round(1e6 * pair[0].elapsed_time(pair[1])),  # from milliseconds
        early=True,
        title="device",
    ),
]
"""Every clock, from the outermost to the innermost: each times those after it. Those that are early come last."""


def clocks_for(use: str, device: str) -> tuple[str, ...]:
    """Names of the clocks that are used for that on a device."""
    return tuple(clock.name for clock in CLOCKS if use in clock.uses.get(device, ()))


def latency_clock(device: str) -> str:
    """The clock whose time is the latency."""
    (name,) = clocks_for(LATENCY, device)
    return name


def gate_clocks(device: str) -> tuple[str, str]:
    """(clock that decides, clock that may object)."""
    (decides,), (objects,) = clocks_for(DECIDES, device), clocks_for(OBJECTS, device)
    return decides, objects


def deciding_clock(names: Iterable[str]) -> Clock:
    """The clock that decides where just these are read: the innermost that decides on any device."""
    return [clock for clock in CLOCKS if clock.name in names and any(DECIDES in uses for uses in clock.uses.values())][
        -1
    ]


def comparable(names: Iterable[str]) -> list[str]:
    """Those of the clocks of which ratios are worth keeping."""
    return [clock.name for clock in CLOCKS if clock.name in names and clock.comparable]


def called(name: str) -> Clock:
    """The clock of that name."""
    return next(clock for clock in CLOCKS if clock.name == name)


class Clocks:
    """All clocks of a device around one step."""

    def __init__(self, device: str, threads: int) -> None:
        self._clocks = [clock for clock in CLOCKS if device in clock.uses]
        self._timers = {clock.name: clock.timer(device, threads) for clock in self._clocks}
        self._wait = waiting(device)

    def __call__(self, step: Step) -> dict[str, int]:
        """Run ``step`` once on an idle device; clock name -> nanoseconds."""
        found: dict[str, Any] = {}
        for early, clocks in groupby(reversed(self._clocks), key=lambda clock: clock.early):
            for clock in clocks:
                step = _timed(step, clock.name, self._timers[clock.name], found)
            step = _waited(step, self._wait) if early else step
        self._wait()
        step()
        return {clock.name: clock.nanoseconds(found[clock.name]) for clock in self._clocks}


def _timed(step: Step, name: str, timer: Timer, found: dict[str, Any]) -> Step:
    def timed() -> None:
        found[name] = timer(step)

    return timed


def _waited(step: Step, wait: Step) -> Step:
    def waited() -> None:
        step()
        wait()

    return waited


def waiting(device: str) -> Callable[[], object]:
    """What waits until a device has done its work."""
    if device == "cpu":
        return bool  # a CPU has done it when a step returns; the cheapest call there is
    import torch

    return torch.cuda.synchronize
