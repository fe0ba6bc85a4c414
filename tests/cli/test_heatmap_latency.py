"""``effbench heatmap --metric latency``, with workers that follow a script."""

from __future__ import annotations

import json

import pytest

from effbench.cost.convention import convention
from effbench.models.registry import resolve
from effbench.processes.process import WorkerFailed

pytest.importorskip("numpy", reason="the measure extra is not installed")
pytest.importorskip("scipy", reason="the measure extra is not installed")

LINE = "heatmap --dataset cifar10 --metric latency --max-layers 1 --processes 2 --samples 4 --seconds 0.2 --batch 4"
MODELS = {"vit_cifar10:4": 40, "ravit_cifar10:0-1": 10, "ravit_cifar10:1-0": 5, "ravit_cifar10:1-1": 20}
"""Model -> milliseconds of a step, whatever its batch."""


@pytest.fixture
def scripted(bench, monkeypatch):
    monkeypatch.setattr("effbench.cli.heatmap_maps.find_spec", lambda name: "found")
    for model, time in MODELS.items():
        bench.steps[model] = {"wall": time * 1_000_000, "cpu": time * 1_000_000}
    return bench


def cell(document, row, col):
    (found,) = (one for one in document["cells"] if (one["branch_1"], one["branch_2"]) == (row, col))
    return found


def test_latency_of_one_image_and_throughput_of_a_batch(effbench, scripted):
    found = effbench(LINE, "--format", "json").json
    one = cell(found, 1, 1)
    assert one["latency"] == pytest.approx(0.020)
    assert one["throughput"] == pytest.approx(4 / 0.020)
    assert (one["processes"], one["status"], one["cost"]) == (
        2,
        "measured",
        convention("ravit").total(resolve("ravit_cifar10:1-1").cost()),
    )
    assert (found["baseline"]["model"], found["baseline"]["latency"]) == ("vit_cifar10:4", pytest.approx(0.040))
    assert cell(found, 0, 0)["status"] == "no model"
    assert {"cpu", "machine", "commit", "load"} <= set(found["conditions"])


def test_every_network_is_loaded_in_processes_of_its_own(effbench, scripted):
    effbench(LINE)
    loaded = [(job.model, job.batch) for job in scripted.loaded]
    assert sorted(loaded) == sorted((model, batch) for model in MODELS for batch in (1, 4) for _ in range(2))


def test_people_see_both_maps_and_the_conditions(effbench, scripted):
    ran = effbench(LINE)
    assert ran.code == 0
    assert "RAViT on cifar10: latency of one image (cpu, fp32, eager), by layers in branch 1 (down)" in ran.out
    assert "20.00 ms ±0.0%" in ran.out
    assert "images/s at batch 4" in ran.out
    assert "vit_cifar10:4: 40.00 ms ±0.0%." in ran.out
    assert "Conditions: " in ran.out


def test_what_is_kept_is_not_measured_again(effbench, scripted, tmp_path):
    kept = tmp_path / "kept.jsonl"
    first = effbench(LINE, "--measurements", kept, "--format", "json").json
    done = len(scripted.loaded)
    again = effbench(LINE, "--measurements", kept, "--format", "json").json
    assert len(scripted.loaded) == done
    assert again["cells"] == first["cells"]
    assert "heatmap --metric latency" in json.loads(kept.read_text().splitlines()[0])["command"]


def test_an_interrupt_shows_what_there_is_and_the_next_run_goes_on(effbench, scripted, tmp_path):
    kept = tmp_path / "kept.jsonl"
    scripted.failures["ravit_cifar10:1-1", "load"] = [KeyboardInterrupt()]
    ran = effbench(LINE, "--measurements", kept, "--format", "json")
    assert ran.code == 130
    assert cell(json.loads(ran.out), 1, 1)["latency"] is None or cell(json.loads(ran.out), 1, 1)["throughput"] is None
    before = len(scripted.loaded) - 1  # the one that was interrupted gave nothing
    assert effbench(LINE, "--measurements", kept).code == 0
    assert len(scripted.loaded) - 1 - before == 2 * 2 * len(MODELS) - before


def test_a_network_that_fails_is_a_cell_with_its_reason(effbench, scripted):
    failure = WorkerFailed("out_of_memory", "RuntimeError: no room")
    scripted.failures["ravit_cifar10:1-1", "load"] = [failure, failure]
    ran = effbench(LINE)
    assert ran.code == 1
    assert "1 of 4 cells out_of_memory: RuntimeError: no room." in ran.out
    found = json.loads(effbench(LINE, "--format", "json").out)
    assert cell(found, 1, 1)["status"] == "measured"  # the script failed each of its rows once


def test_nothing_measured_has_a_code_of_its_own(effbench, scripted):
    for model in MODELS:
        scripted.failures[model, "load"] = [WorkerFailed("unavailable", "PyTorch sees no CUDA device")] * 2
    ran = effbench(LINE, "--device", "cuda")
    assert ran.code == 4
    assert "3 of 4 cells unavailable: PyTorch sees no CUDA device." in ran.out


def test_the_networks_of_a_store_are_measured_at_their_size(effbench, scripted, trained_store):
    store = trained_store({"1-1": [60]}, size=64)
    for model in ("ravit_cifar10:1-1,width=64", "ravit_cifar10:0-4,width=64"):
        scripted.steps[model] = {"wall": 7_000_000, "cpu": 7_000_000}
    line = "heatmap --dataset textures --metric latency --processes 1 --batch 4 --samples 1 --seconds 0.1 --store"
    found = effbench(line, store, "--format", "json").json
    assert cell(found, 1, 1)["latency"] == pytest.approx(0.007)
    assert {(job.model, job.size) for job in scripted.loaded} == {
        ("ravit_cifar10:1-1,width=64", 64),
        ("ravit_cifar10:0-4,width=64", 64),
    }


def test_three_maps_side_by_side(effbench, scripted, tmp_path):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    kept, folder = tmp_path / "kept.jsonl", tmp_path / "figures"
    ran = effbench(LINE, "--measurements", kept, "--out", folder, "--format", "csv")
    assert {path.name for path in folder.iterdir()} == {
        f"heatmap_cifar10_latency.{kind}" for kind in ("png", "svg", "csv", "json")
    }
    assert (folder / "heatmap_cifar10_latency.csv").read_text() == ran.out
    drawn = (folder / "heatmap_cifar10_latency.svg").read_bytes()
    for title in ("latency of one image", "throughput at batch 4", "FLOPs of one image (ravit)"):
        assert title.encode() in drawn
    effbench(LINE, "--measurements", kept, "--out", folder)
    assert (folder / "heatmap_cifar10_latency.svg").read_bytes() == drawn


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("--batch 0", "batch must be between 1 and"),
        ("--processes 0", "processes must be between 1 and"),
        ("--seconds 0", "is not a number of seconds"),
        ("--device tpu", "invalid choice: 'tpu'"),
        ("--exit 1", "--exit needs --metric accuracy, and this is --metric latency"),
        ("--fix 3=1", "branch to fix must be between 1 and 2"),
        ("--measurements no/such/folder/file", "no such folder"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_measured(effbench, scripted, more, problem):
    ran = effbench(f"{LINE} {more}")
    assert (ran.code, ran.out, scripted.loaded) == (2, "", [])
    assert problem in ran.err


def test_without_torch_the_line_that_installs_it_is_shown(effbench, monkeypatch):
    monkeypatch.setattr("effbench.cli.heatmap_maps.find_spec", lambda name: None)
    ran = effbench(LINE)
    assert ran.code == 2
    assert "measuring latency needs torch: python -m pip install torch" in ran.err
