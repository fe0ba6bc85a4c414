"""Every clock around a step in one table: what it reads, on which devices, and what its time is used for there.

A new clock is an entry of CLOCKS; samples, tables, ratios and journals follow. PyTorch is imported where a GPU is
timed, so the table can be read without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

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


class Reading:
    """Two looks at a counter of nanoseconds: before a step, and when its work is done.

    Args:
        early: look when the step has returned, which on a GPU is before its work is done.
    """

    def __init__(self, now: Callable[[], int], *, early: bool = False) -> None:
        self.early, self._now = early, now

    def begin(self) -> None:
        """Look for the first time."""
        self._start = self._now()

    def end(self) -> None:
        """Look for the second time."""
        self._end = self._now()

    def nanoseconds(self) -> int:
        """Between the two."""
        return self._end - self._start


class Events(Reading):
    """CUDA events on the stream around what the step hands over."""

    def __init__(self) -> None:
        import torch

        super().__init__(lambda: 0, early=True)
        self._first, self._last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        self.begin, self.end = self._first.record, self._last.record  # type: ignore[method-assign]

    def nanoseconds(self) -> int:
        """Between the events."""
        return round(self._first.elapsed_time(self._last) * 1e6)  # milliseconds


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A clock.

    Attributes:
        name: of its samples; its columns begin with it. reads: what it reads, in words.
        uses: device on which it is read -> LATENCY and its like, as far as they hold there.
        reading: device, threads -> what reads it.
        title: of its column in a profile, which shows it unless it is the latency. interval: whether that is beside it.
        waits: it stands still while a step waits, so it judges no step that mostly does.
        comparable: whether ratios of its times are worth keeping.
    """

    name: str
    reads: str
    uses: Mapping[str, tuple[str, ...]]
    reading: Callable[[str, int], Reading]
    title: str
    interval: bool = False
    waits: bool = False
    comparable: bool = True


CLOCKS = [
    Clock(
        name=WALL,
        reads="wall time",
        uses={"cpu": (LATENCY, RATIO, OBJECTS), "cuda": (RATIO, OBJECTS)},
        reading=lambda device, threads: Reading(time.perf_counter_ns),
        title="wall",
    ),
    Clock(
        name=LAUNCH,
        reads="host time until the work was handed over",
        uses={"cuda": ()},
        reading=lambda device, threads: Reading(time.perf_counter_ns, early=True),
        title="launch",
        comparable=False,
    ),
    Clock(
        name="cpu",
        reads="CPU time",
        uses={"cpu": (RATIO, DECIDES), "cuda": ()},
        reading=lambda device, threads: Reading(
            time.thread_time_ns if threads == 1 or device == "cuda" else time.process_time_ns
        ),
        title="CPU time",
        interval=True,
        waits=True,
    ),
    Clock(
        name="device",
        reads="the device's events",
        uses={"cuda": (LATENCY, RATIO, DECIDES)},
        reading=lambda device, threads: Events(),
        title="device",
    ),
]
"""Every clock, from the outermost to the innermost: each times those after it, and none that comes before."""


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
        self._readings = {c.name: c.reading(device, threads) for c in CLOCKS if device in c.uses}
        inside_out = list(self._readings.values())[::-1]
        self._begin = [one.begin for one in self._readings.values()]
        self._early = [one.end for one in inside_out if one.early]
        self._end = [one.end for one in inside_out if not one.early]
        self._wait = waiting(device)

    def __call__(self, step: Callable[[], object]) -> dict[str, int]:
        """Run ``step`` once on an idle device; clock name -> nanoseconds."""
        self._wait()
        for begin in self._begin:
            begin()
        step()
        for end in self._early:
            end()
        self._wait()
        for end in self._end:
            end()
        return {name: one.nanoseconds() for name, one in self._readings.items()}


def waiting(device: str) -> Callable[[], object]:
    """What waits until a device has done its work."""
    if device == "cpu":
        return bool  # a CPU has done it when a step returns; the cheapest call there is
    import torch

    return torch.cuda.synchronize
