"""The script for a borrowed GPU: every stage at a tiny size, what a second call does, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("PIL")

import gpu  # noqa: E402 - after the checks for what it needs
from gpu_stages.records import STAGE  # noqa: E402
from gpu_stages.strips import make_strips  # noqa: E402

from effbench.training.sweep import store  # noqa: E402

CUDA_ALONE = {"CUDA events clock", "CUDA graphs", "NVML energy", "waits of early exits", "compiled training"}


def call(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, gpu.__file__, "--out", str(folder / "out"), "--work", str(folder / "work"), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=gpu.ROOT)


def lines_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "out" / "smoke.jsonl").read_text().splitlines()]


def test_a_smoke_run_reaches_every_stage_and_a_second_one_repeats_nothing(tmp_path):
    ran = call(tmp_path, "--device", "cpu", "--smoke")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = lines_of(tmp_path)
    assert [line["stage"] for line in lines if line["unit"] == STAGE] == list(gpu.STAGES)
    assert [line for line in lines if line["status"] in ("failed", "not done")] == []
    assert {line["unit"] for line in lines if line["stage"] == "checks" and line["status"] == "skipped"} == CUDA_ALONE
    assert all(line["smoke"] and line["device"] == "cpu" and "commit" in line["conditions"] for line in lines)
    results = store.read(tmp_path / "out" / "smoke")
    assert {line.outcome.status for line in results} == {"done"}
    assert all(line.experiment.startswith("smoke_") for line in results)
    assert {line.outcome.recipe["data"]["name"] for line in results} == {"generated"}
    assert "Smoke run" in (tmp_path / "out" / "smoke.md").read_text()
    assert sum(path.is_file() for path in (tmp_path / "out").rglob("*")) <= 8

    assert call(tmp_path, "--device", "cpu", "--smoke").returncode == 0
    assert lines_of(tmp_path) == lines
    refused = call(tmp_path, "--device", "cpu")
    assert refused.returncode == 2
    assert "holds records of a smoke run" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_what_was_finished_before_a_stage_was_stopped_is_kept(tmp_path):
    ran = call(tmp_path, "--device", "cpu", "--smoke", "--only", "checks", "--budget", "3.001")
    assert ran.returncode == 3, ran.stderr
    assert {line["status"] for line in lines_of(tmp_path)} <= {"skipped", "not done"}
    before = lines_of(tmp_path)
    assert call(tmp_path, "--device", "cpu", "--smoke", "--only", "checks").returncode == 0
    assert lines_of(tmp_path)[: len(before)] == before
    units = [line["unit"] for line in lines_of(tmp_path) if line["unit"] != STAGE]
    assert len(units) == len(set(units))  # none twice
    assert lines_of(tmp_path)[-1]["status"] == "done"


def test_strips_are_kept_for_the_next_call_whichever_stage_a_call_reaches(tmp_path):
    make_strips(tmp_path / "part", {"train": 1, "test": 0})
    call(
        tmp_path,
        "--device",
        "cpu",
        "--smoke",
        "--only",
        "checks",
        "--budget",
        "3.001",
        "--data",
        str(tmp_path / "part"),
    )
    kept = tmp_path / "work" / "strips"
    assert {path.name for path in kept.iterdir()} == {path.name for path in (tmp_path / "part").iterdir()} != set()


@pytest.mark.parametrize(
    ("more", "said"),
    [(["--data", "nowhere"], "no folder"), (["--budget", "0"], "must be positive"), (["--epochs", "0"], "positive")],
)
def test_bad_input_is_one_line_and_writes_no_record(tmp_path, more, said):
    ran = call(tmp_path, "--device", "cpu", *more)
    assert ran.returncode == 2
    assert said in ran.stderr.splitlines()[-1]
    assert list(tmp_path.rglob("*.jsonl")) == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_nothing_is_begun(tmp_path):
    ran = call(tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("gpu.py: error: PyTorch sees no CUDA device")
    assert list(tmp_path.iterdir()) == []


def test_a_table_leaves_something_to_the_stages_after_it_and_they_leave_most_to_it():
    assert gpu.limit_of("checks", 1000.0, ["step"]) == gpu.LIMITS["checks"]
    assert gpu.limit_of("step", 5.0, []) == 5.0
    assert gpu.limit_of("table", 1000.0, ["latency"]) == 1000.0 - gpu.LIMITS["latency"]
    assert gpu.limit_of("table", 100.0, ["latency"]) == 100.0 * (1 - gpu.KEPT_BACK)
    assert gpu.limit_of("table", 100.0, []) == 100.0
