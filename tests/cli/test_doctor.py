"""``effbench doctor``: each line by what a machine has, and the exit code by whether anything is broken."""

from __future__ import annotations

import os
import shutil
from types import SimpleNamespace

import pytest

from effbench.cli import doctor
from effbench.errors import EXTRAS
from effbench.files import cache, scratch
from effbench.gate.revisions import PREFIX
from effbench.processes import environment
from effbench.processes.process import WorkerFailed

CPU = {"torch": "2.9", "gpus": [], "energy": {"cpu": {"how": "no counter", "readable": False}}, "gpu": None}
CUDA = {
    "torch": "2.9",
    "gpus": ["a GPU"],
    "energy": {"cuda": {"how": "NVML", "readable": True}},
    "gpu": {"slowed_by": []},
}


@pytest.fixture
def checks(effbench, monkeypatch, tmp_path):
    """``checks(there)``: exit code, and the check of each name, where PyTorch answers so (an error: it raises)."""
    monkeypatch.setattr(doctor, "find_spec", lambda name: name)
    monkeypatch.setattr("effbench.errors._is_installed", lambda module: True)
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(environment, "load", lambda: 0.0)

    class Worker:
        def __init__(self, module):
            assert module == "profiling.worker.offers"

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def ask(self, request, limit):
            if isinstance(self.there, Exception):
                raise self.there
            return self.there

    def run(there=CPU):
        Worker.there = there
        monkeypatch.setattr("effbench.processes.process.our_worker", Worker)
        ran = effbench("doctor --format json")
        return ran.code, {row["check"]: SimpleNamespace(**row) for row in ran.json}

    return run


def test_a_machine_that_lacks_much_is_limited_and_not_ill(checks, monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None if name == "torch" else name)
    monkeypatch.setattr("effbench.errors._is_installed", lambda module: module not in ("PIL", "ray", "torch"))
    code, found = checks()
    assert code == 0
    assert found["extra deploy"].state == found["cache"].state == found["load"].state == "ok"
    assert (found["extra train"].state, found["extra train"].remedy) == ("limited", "python -m pip install pillow")
    assert found["extra cluster"].found == "without ray"
    assert "not installed" in found["PyTorch"].found
    assert "GPU" not in found
    assert {name for name in found if name.startswith("extra ")} == {f"extra {extra}" for extra in EXTRAS}


def test_what_its_devices_tell(checks):
    _, found = checks()
    assert (found["GPU"].state, found["energy of cpu"].state) == ("limited", "limited")
    assert "The gate decides by CPU time" in found["clocks of cpu"].found
    code, found = checks(CUDA)
    assert (code, found["GPU"].state, found["energy of cuda"].state) == (0, "ok", "ok")
    _, found = checks(CUDA | {"gpu": {"slowed_by": ["software_thermal"]}})
    assert (found["GPU"].state, found["GPU"].found) == ("limited", "a GPU; slowed by software_thermal")
    _, found = checks(CUDA | {"gpu": {"unavailable": "NVML: no"}})
    assert found["GPU"].found == "a GPU; its clocks cannot be read: NVML: no"


def test_a_pytorch_that_does_not_start_is_broken(checks):
    code, found = checks(WorkerFailed("killed", "ended with code 1: no libcudart"))
    assert (code, found["PyTorch"].state, found["PyTorch"].found) == (1, "broken", "ended with code 1: no libcudart")


def test_a_gpu_that_pytorch_does_not_find_is_broken(checks, monkeypatch):
    here = environment.machine()
    monkeypatch.setattr(environment, "machine", lambda: SimpleNamespace(**vars(here) | {"accelerator": "a GPU"}))
    code, found = checks()
    assert (code, found["GPU"].state) == (1, "broken")


@pytest.mark.parametrize("place", ["a_file", "a_file/below"])
def test_a_cache_that_cannot_be_written_is_broken(checks, monkeypatch, tmp_path, place):
    (tmp_path / "a_file").touch()
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path / place))
    code, found = checks()
    assert (code, found["cache"].state) == (1, "broken")
    assert str(tmp_path / "a_file") in found["cache"].found


def test_no_home_is_broken_and_one_line(checks, monkeypatch):
    def homeless():
        raise RuntimeError("no home")

    monkeypatch.setattr(cache, "folder", homeless)
    code, found = checks()
    assert (code, found["folders"].state, found["folders"].found) == (1, "broken", "no home")


def test_what_is_kept_useless_or_left_is_counted(checks, tmp_path):
    checks()
    assert not (tmp_path / "cache").exists()  # it looks, and makes nothing
    cache.write("kind/a.json", 1, "it")
    (tmp_path / "cache" / "kind" / "b.json").write_text("{}")
    folder = tmp_path / f"{PREFIX}{'0' * 16}"
    folder.mkdir()
    scratch.locks.lock_of(folder).touch()
    code, found = checks()
    assert code == 0
    assert "2 results, 1 of which cannot be used" in found["cache"].found
    assert found["locks"].found.startswith("0 held in the cache; 1 folders")
    assert folder.exists()


def test_a_full_disk_a_busy_machine_and_a_missing_git_are_limits(checks, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    monkeypatch.setattr(environment, "load", lambda: float(os.cpu_count() or 1))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    code, found = checks()
    assert code == 0
    assert [found[name].state for name in ("cache", "load", "git")] == ["limited"] * 3
    monkeypatch.setattr(environment, "load", lambda: None)
    assert checks()[1]["load"].found == "the system does not tell"
