"""The table of clocks, and clocks around one step, set by hand."""

from __future__ import annotations

import pytest

from effbench.profiling.measured import flat
from effbench.profiling.ratios import flat as ratios
from effbench.profiling.rows import Row
from effbench.profiling.sets import Comparison
from effbench.profiling.table import profile_columns, ratio_columns
from effbench.profiling.worker import clock as module
from effbench.profiling.worker.clock import (
    CLOCKS,
    RATIO,
    Clock,
    Clocks,
    clocks_for,
    comparable,
    counter,
    deciding_clock,
    gate_clocks,
    latency_clock,
)
from effbench.profiling.worker.job import DEVICES, Job


@pytest.fixture
def hands(monkeypatch):
    """``hands["wall"]``, ``hands["cpu"]``: nanoseconds that these clocks show."""
    shown = {"wall": 1000, "cpu": 50}
    monkeypatch.setattr(module.time, "perf_counter_ns", lambda: shown["wall"])
    monkeypatch.setattr(module.time, "thread_time_ns", lambda: shown["cpu"])
    return shown


def test_a_step_is_timed_by_both_clocks(hands):
    def step():
        hands["wall"] += 700
        hands["cpu"] += 300

    assert Clocks("cpu", 1)(step) == {"wall": 700, "cpu": 300}


def test_the_clocks_do_not_time_each_other(monkeypatch):
    """Each reading takes 1: wall is read outside of CPU, so it holds the two CPU readings and nothing more."""
    now = [0]

    def read():
        now[0] += 1
        return now[0]

    for name in ("perf_counter_ns", "thread_time_ns"):
        monkeypatch.setattr(module.time, name, read)
    assert Clocks("cpu", 1)(lambda: None) == {"wall": 3, "cpu": 1}


@pytest.mark.parametrize(("threads", "name"), [(1, "thread_time_ns"), (2, "process_time_ns")])
def test_cpu_time_is_of_the_thread_or_of_the_process(monkeypatch, threads, name):
    times = iter([10, 17])
    monkeypatch.setattr(module.time, name, lambda: next(times))
    assert Clocks("cpu", threads)(lambda: None)["cpu"] == 7


def test_a_gpu_is_timed_by_its_events_from_an_idle_stream_to_the_end_of_the_work(monkeypatch):
    torch = pytest.importorskip("torch")
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
    monkeypatch.setattr(module.time, "perf_counter_ns", lambda: now[0])
    monkeypatch.setattr(module.time, "thread_time_ns", lambda: now[0] // 2)
    found = Clocks("cuda", 1)(lambda: passes("step", 200_000))
    assert happened == ["synchronize", "record", "step", "record", "synchronize"]
    # handing over 0.2 ms, the rest of the work 0.8 ms
    assert found == {"wall": 1_000_000, "cpu": 500_000, "device": 900_000, "launch": 200_000}


def test_what_each_clock_is_for():
    """A profile reports wall time on a CPU and the gate decides by CPU time: two answers, stated in one place."""
    assert [latency_clock(device) for device in DEVICES] == ["wall", "device"]
    assert [gate_clocks(device) for device in DEVICES] == [("cpu", "wall"), ("device", "wall")]
    assert [clocks_for(RATIO, device) for device in DEVICES] == [("wall", "cpu"), ("wall", "device")]
    assert deciding_clock(["wall", "cpu"]).name == "cpu"
    assert deciding_clock(["wall", "cpu", "launch", "device"]).name == "device"
    assert comparable(["launch", "cpu", "wall"]) == ["wall", "cpu"]


@pytest.fixture
def counted(monkeypatch):
    """A clock that counts steps, a second each, is one more entry of the table."""
    steps = iter(range(1000))

    def read(device, threads):
        return counter(lambda: 1_000_000_000 * next(steps))

    made = Clock(name="steps", reads="steps", uses={"cpu": (RATIO,)}, timer=read, title="counted steps")
    monkeypatch.setattr(module, "CLOCKS", [*CLOCKS, made])
    monkeypatch.setattr("effbench.profiling.table.CLOCKS", module.CLOCKS)


def test_a_new_clock_reaches_samples_rows_and_tables(counted):
    pytest.importorskip("scipy")
    sample = Clocks("cpu", 1)(lambda: None)
    assert sample["steps"] == 1_000_000_000
    samples = {name: [ns + 1] * 3 for name, ns in sample.items()}
    job = Job(model="vit_cifar10:3")
    visit = {"samples": samples, "size": 32, "warm": {"steady": True}, "state": []}
    visit |= {"memory": {"unavailable": "-"}, "energy": {"unavailable": "-"}}
    row = flat(Row(job=job, wanted=1, key="", visits=[visit]))
    assert row["latency_steps"] == pytest.approx(1.0)
    assert {column.title: column.show(row) for column in profile_columns([row])}["counted steps"] == "1.000 s"


def test_a_new_clock_reaches_ratios(counted):
    pytest.importorskip("scipy")
    jobs = [Job(model=f"vit_cifar10:{layers}") for layers in (3, 4)]
    turn = {"wall": [5, 5], "cpu": [5, 5], "steps": [1_000_000_000] * 2}
    one = {"rounds": [{job.model: turn for job in jobs}] * 2, "warm": {job.model: {"steady": True} for job in jobs}}
    rows = ratios(Comparison(jobs, 1, sets=[one]))
    assert (rows[1]["steps_step"], rows[1]["steps_ratio"]) == (1.0, 1.0)
    assert "steps ratio" in [column.title for column in ratio_columns(rows)]
