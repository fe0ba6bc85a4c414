"""Ceilings by a scripted worker: which samples count, what is kept, and what is measured again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from effbench.errors import EffbenchError
from effbench.files import cache
from effbench.processes.process import WorkerFailed
from effbench.profiling import ceilings
from effbench.profiling.ceilings import ROUNDS, SHAPES, measured_ceilings


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(ceilings.environment, "load", lambda: 0.1)
    return tmp_path


class Scripted:
    """A worker whose steps take as long as ``times`` says of the kernel, the fastest first and the rest twice that."""

    flops, bytes = 10**9, 10**8
    opened = 0

    def __init__(self, times, clock="wall"):
        self.times, self.clock, self.turns = times, clock, 0

    def __call__(self, threads):
        self.opened += 1
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def load(self, key, job):
        return {"params": 0, "size": job.size, "flops": self.flops, "bytes": self.bytes, "first": {}}

    def turn(self, key, steps, limit):
        time = self.times[key.partition(" ")[0]]
        if isinstance(time, Exception):
            raise time
        size = int(key.partition(" ")[2])
        slower = 1 if size in (1024, 8192) else 3
        first, self.turns = self.turns < len(SHAPES["cpu"]) * 2, self.turns + 1
        return {self.clock: [time * slower if first else 2 * time * slower] * steps, "cpu": [1] * steps}


TIMES = {"kernel/gemm": 10_000_000, "kernel/copy": 20_000_000}


def test_the_fastest_step_of_the_best_shape_is_the_ceiling():
    found = measured_ceilings("cpu", "fp32", 1, start=Scripted(TIMES))
    # 10⁹ FLOP in 10 ms, 10⁸ bytes in 20 ms
    assert (found.ceilings.flop_per_s, found.ceilings.byte_per_s) == pytest.approx((1e11, 5e9))
    assert (found.typical.flop_per_s, found.typical.byte_per_s) == pytest.approx((5e10, 2.5e9))
    assert not found.kept


def test_every_sample_and_the_conditions_are_kept():
    found = measured_ceilings("cpu", "fp32", 1, start=Scripted(TIMES))
    assert set(found.samples) == {f"{name} {n}" for name, n in SHAPES["cpu"]}
    assert all(len(samples) >= ROUNDS for samples in found.samples.values())
    assert found.conditions.machine == ceilings.environment.machine().machine
    assert (found.conditions.device, found.conditions.dtype, found.conditions.threads) == ("cpu", "fp32", 1)


def test_a_second_call_measures_nothing_and_again_does():
    worker = Scripted(TIMES)
    first = measured_ceilings("cpu", "fp32", 1, start=worker)
    second = measured_ceilings("cpu", "fp32", 1, start=worker)
    assert (worker.opened, second.kept, second.ceilings) == (1, True, first.ceilings)
    assert not measured_ceilings("cpu", "fp32", 1, again=True, start=worker).kept
    assert worker.opened == 2


@pytest.mark.parametrize("other", [("cpu", "bf16", 1), ("cpu", "fp32", 2)])
def test_another_type_or_number_of_threads_has_ceilings_of_its_own(other):
    worker = Scripted(TIMES)
    measured_ceilings("cpu", "fp32", 1, start=worker)
    measured_ceilings(*other, start=worker)
    assert worker.opened == 2


def test_another_machine_or_torch_has_ceilings_of_its_own(monkeypatch):
    worker = Scripted(TIMES)
    measured_ceilings("cpu", "fp32", 1, start=worker)
    machine, libraries = ceilings.environment.machine(), ceilings.environment.libraries()
    monkeypatch.setattr(ceilings.environment, "machine", lambda: replace(machine, machine="another"))
    measured_ceilings("cpu", "fp32", 1, start=worker)
    monkeypatch.setattr(ceilings.environment, "libraries", lambda: {**libraries, "torch": "0.0"})
    measured_ceilings("cpu", "fp32", 1, start=worker)
    assert worker.opened == 3


@pytest.mark.parametrize("foreign", [[], {}, {"conditions": {}, "kernels": []}, {"kernels": [{"kernel": None}]}, 7])
def test_a_file_that_holds_anything_else_is_measured_again(empty_cache, foreign):
    worker = Scripted(TIMES)
    measured_ceilings("cpu", "fp32", 1, start=worker)
    (file,) = (empty_cache / "ceilings").iterdir()
    cache.write(f"ceilings/{file.name}", foreign, "it")
    assert not measured_ceilings("cpu", "fp32", 1, start=worker).kept
    assert cache.read(f"ceilings/{file.name}")["kernels"]


@pytest.mark.parametrize("what", ["samples", "flops"])
@pytest.mark.parametrize("value", [0, -5, "7", True, 7.5, None])
def test_ceilings_from_times_or_work_that_cannot_be_are_measured_again(empty_cache, what, value):
    worker = Scripted(TIMES)
    measured_ceilings("cpu", "fp32", 1, start=worker)
    (file,) = (empty_cache / "ceilings").iterdir()
    data = cache.read(f"ceilings/{file.name}")
    for kernel in data["kernels"]:
        kernel[what] = [value] if what == "samples" else value
    cache.write(f"ceilings/{file.name}", data, "it")
    assert not measured_ceilings("cpu", "fp32", 1, start=worker).kept


def test_a_step_without_time_is_no_ceiling(empty_cache):
    with pytest.raises(EffbenchError, match="the ceilings of cpu in fp32 cannot be measured: the clock gave 0 ns"):
        measured_ceilings("cpu", "fp32", 1, start=Scripted({**TIMES, "kernel/copy": 0}))
    assert not list(empty_cache.iterdir())


def test_a_failed_worker_is_one_clear_line_and_nothing_is_kept(empty_cache):
    failing = Scripted({**TIMES, "kernel/copy": WorkerFailed("out_of_memory", "no memory")})
    with pytest.raises(EffbenchError, match="the ceilings of cpu in fp32 cannot be measured: no memory"):
        measured_ceilings("cpu", "fp32", 1, start=failing)
    assert not list(empty_cache.iterdir())


def test_a_gpu_is_timed_by_its_own_clock():
    found = measured_ceilings("cuda", "fp32", 1, start=Scripted(TIMES, clock="device"))
    assert found.ceilings.flop_per_s == pytest.approx(1e11)


def test_the_time_told_is_that_of_the_end(monkeypatch):
    worker = Scripted(TIMES)

    class Clock:
        @staticmethod
        def now(zone):
            return datetime(2026, 1, 1, 0, 0, min(worker.turns, 59), tzinfo=zone)

    monkeypatch.setattr(ceilings, "datetime", Clock)
    # a trial and ROUNDS turns of each of four kernels have been taken: more than 59
    assert measured_ceilings("cpu", "fp32", 1, start=worker).conditions.ended == "2026-01-01T00:00:59+00:00"


def test_what_a_busy_machine_gave_is_neither_kept_nor_taken(monkeypatch):
    worker = Scripted(TIMES)
    measured_ceilings("cpu", "fp32", 1, start=worker)
    monkeypatch.setattr(ceilings.environment, "load", lambda: 1000.0)
    assert not measured_ceilings("cpu", "fp32", 1, again=True, start=worker).kept
    assert measured_ceilings("cpu", "fp32", 1, start=worker).kept  # those of the quiet hour
    monkeypatch.setattr(ceilings, "is_busy", lambda under: True)
    assert not measured_ceilings("cpu", "fp32", 1, start=worker).kept
    assert worker.opened == 3
