"""Clocks around one step: wall, CPU, and the device's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import torch


class Clock(Protocol):
    """Times one call. Every sample is in nanoseconds."""

    def __call__(self, step: Callable[[], object]) -> dict[str, int]:
        """Run ``step`` once; clock name -> nanoseconds."""


class CpuClock:
    """Wall time, and CPU time of this thread (one thread) or of the whole process (more).

    ``wall`` and ``cpu`` are injected in tests.
    """

    def __init__(
        self, threads: int, wall: Callable[[], int] | None = None, cpu: Callable[[], int] | None = None
    ) -> None:
        self._wall = wall or time.perf_counter_ns
        self._cpu = cpu or (time.thread_time_ns if threads == 1 else time.process_time_ns)

    def __call__(self, step: Callable[[], object]) -> dict[str, int]:
        wall, cpu = self._wall(), self._cpu()
        step()
        cpu_end, wall_end = self._cpu(), self._wall()
        return {"wall": wall_end - wall, "cpu": cpu_end - cpu}


class CudaClock:
    """Events on the stream, wall time to the end of the work, and host time until the work was handed over (launch)."""

    def __init__(self) -> None:
        self._start = torch.cuda.Event(enable_timing=True)
        self._end = torch.cuda.Event(enable_timing=True)

    def __call__(self, step: Callable[[], object]) -> dict[str, int]:
        torch.cuda.synchronize()
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        self._start.record()
        step()
        self._end.record()
        launched = time.perf_counter_ns()
        torch.cuda.synchronize()
        done = time.perf_counter_ns()
        return {
            "wall": done - wall,
            "cpu": time.thread_time_ns() - cpu,
            "device": round(self._start.elapsed_time(self._end) * 1e6),
            "launch": launched - wall,
        }


def clock_for(device: str, threads: int) -> Clock:
    """The clock of that device."""
    return CudaClock() if device == "cuda" else CpuClock(threads)
