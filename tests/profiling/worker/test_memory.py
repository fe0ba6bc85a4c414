"""Peak memory of a step, measured on allocations of known size."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from effbench.profiling.worker import memory  # noqa: E402
from effbench.profiling.worker.memory import step_peak  # noqa: E402

MIB = 2**20

linux = pytest.mark.skipif(not memory.RESET.exists(), reason="the peak of the resident set is reset through /proc")


def held(mebibytes):
    """A tensor of that size whose pages are in memory."""
    return torch.ones(mebibytes * MIB // 4)


@linux
def test_the_peak_is_what_a_step_takes_for_a_while():
    # 64 MiB are held and dropped; the resident set counts pages and the process lives on: 4 MiB either way
    found = step_peak(lambda: held(64), "cpu", "eager")
    assert 60 * MIB < found["bytes"] < 68 * MIB
    assert found["total"] > found["bytes"]


@linux
def test_what_was_held_before_is_not_the_steps():
    before = held(64)
    found = step_peak(lambda: before.sum(), "cpu", "eager")
    assert found["bytes"] < 4 * MIB


@linux
def test_an_earlier_peak_is_forgotten():
    held(128)
    assert step_peak(lambda: held(16), "cpu", "eager")["bytes"] < 24 * MIB


@linux
def test_memory_that_was_freed_but_kept_is_given_back_first():
    # blocks of 64 KiB come from the heap, which glibc keeps below the last block that is in use
    blocks = [held(1)[: 16 * 1024].clone() for _ in range(1024)]
    last = torch.ones(1024)
    del blocks
    found = step_peak(lambda: [held(1)[: 16 * 1024].clone() for _ in range(1024)], "cpu", "eager")
    assert found["bytes"] > 48 * MIB
    assert len(last) == 1024


def test_the_memory_of_a_graph_is_not_measured_and_no_step_is_made():
    assert "captured" in step_peak(lambda: pytest.fail("stepped"), "cuda", "cuda_graph")["unavailable"]


def test_a_system_without_the_counter_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "RESET", tmp_path / "none" / "clear_refs")
    assert "cannot be read: FileNotFoundError" in step_peak(lambda: None, "cpu", "eager")["unavailable"]


def test_a_status_without_a_peak_says_so(monkeypatch, tmp_path):
    (tmp_path / "status").write_text("VmRSS:\t  12 kB\n")
    monkeypatch.setattr(memory, "RESET", tmp_path / "clear_refs")
    monkeypatch.setattr(memory, "STATUS", tmp_path / "status")
    assert "VmHWM" in step_peak(lambda: None, "cpu", "eager")["unavailable"]


def test_the_peak_on_a_gpu_is_the_allocators(monkeypatch):
    now = {"held": 100, "peak": 900}
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: now["held"])
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: now.update(peak=now["held"]))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: now["peak"])
    found = step_peak(lambda: now.update(peak=350), "cuda", "eager")
    assert found == {"bytes": 250, "total": 350, "how": "torch.cuda.max_memory_allocated"}
