"""Clocks around one step, set by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from effbench.profiling.worker.clock import CpuClock, CudaClock, clock_for  # noqa: E402


def test_a_step_is_timed_by_both_clocks():
    now = {"wall": 1000, "cpu": 50}

    def step():
        now["wall"] += 700
        now["cpu"] += 300

    clock = CpuClock(1, lambda: now["wall"], lambda: now["cpu"])
    assert clock(step) == {"wall": 700, "cpu": 300}


def test_the_clocks_do_not_time_each_other():
    """Each reading takes 1: wall is read outside of CPU, so it holds the two CPU readings and nothing more."""
    now = [0]

    def read():
        now[0] += 1
        return now[0]

    assert CpuClock(1, read, read)(lambda: None) == {"wall": 3, "cpu": 1}


@pytest.mark.parametrize(("threads", "name"), [(1, "thread_time_ns"), (2, "process_time_ns")])
def test_cpu_time_is_of_the_thread_or_of_the_process(monkeypatch, threads, name):
    times = iter([10, 17])
    monkeypatch.setattr(f"effbench.profiling.worker.clock.time.{name}", lambda: next(times))
    assert clock_for("cpu", threads)(lambda: None)["cpu"] == 7


def test_a_gpu_is_timed_by_its_events_from_an_idle_stream_to_the_end_of_the_work(monkeypatch):
    happened, now = [], [0]

    def passes(what, nanoseconds):
        happened.append(what)
        now[0] += nanoseconds

    class Event:
        def __init__(self, enable_timing):
            assert enable_timing

        def record(self):
            happened.append("record")

        def elapsed_time(self, end):
            return 0.9  # milliseconds

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: passes("synchronize", 800_000))
    monkeypatch.setattr("effbench.profiling.worker.clock.time.perf_counter_ns", lambda: now[0])
    monkeypatch.setattr("effbench.profiling.worker.clock.time.thread_time_ns", lambda: now[0] // 2)
    found = CudaClock()(lambda: passes("step", 200_000))
    assert happened == ["synchronize", "record", "step", "record", "synchronize"]
    # handing over 0.2 ms, the rest of the work 0.8 ms
    assert found == {"wall": 1_000_000, "cpu": 500_000, "device": 900_000, "launch": 200_000}
