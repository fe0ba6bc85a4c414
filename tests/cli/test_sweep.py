"""``effbench sweep``: a grid of seconds, what it prints, leaves and refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from effbench.training.sweep.store import FILE, Store, read

pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("sklearn")

RECIPE = """
source = "a test"
model = "ravit_cifar10:{b1}-{b2},width=8,num_heads=2"
[data]
name = "digits"
size = 16
batch = 256
[optimiser]
lr = 1e-2
[training]
epochs = 1
[sweep]
b1 = [0, 1]
b2 = [0, 1]
exclude = [{ b1 = 0, b2 = 0 }]
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with one recipe, ``grid``, in which the command is called."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "grid.toml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stored(folder="runs/grid"):
    return {(line.cell["b1"], line.cell["b2"], line.outcome.seed): line.outcome for line in read(Path(folder))}


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The grid trained by the command."""
    folder = tmp_path_factory.mktemp("swept")
    (folder / "grid.toml").write_text(RECIPE)
    line = "sweep grid.toml --jobs 1 --program separate --out separate --format json --output separate.json -q"
    done = subprocess.run(
        [sys.executable, "-m", "effbench", *line.split()], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def test_every_cell_is_trained_and_told(swept):
    rows = json.loads((swept / "separate.json").read_text())
    assert [(row["b1"], row["b2"], row["done"], row["failed"], row["missing"]) for row in rows] == [
        (0, 1, 1, 0, 0),
        (1, 0, 1, 0, 0),
        (1, 1, 1, 0, 0),
    ]
    outcomes = stored(swept / "separate")
    assert [outcomes[row["b1"], row["b2"], 0].exits[-1].accuracy for row in rows] == [row["accuracy"] for row in rows]
    assert {row["program"] for row in rows} == {"separate"}
    assert all(row["low"] <= row["accuracy"] <= row["high"] and row["reason"] is None for row in rows)


@pytest.mark.parametrize(
    ("program", "said"), [("ragged", "is gone: compiled"), ("fast", "separate, compiled; got 'fast'")]
)
def test_a_program_that_is_none_is_one_line(effbench, here, program, said):
    ran = effbench(f"sweep grid --program {program}")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert not (here / "runs").exists()


def test_a_store_of_a_program_that_is_gone_is_read(effbench, swept, here):
    """Lines that say ``ragged``, as versions before 0.2 wrote them."""
    (here / "old").mkdir()
    lines = (swept / "separate" / "results.jsonl").read_text()
    (here / "old" / "results.jsonl").write_text(lines.replace('"program":"separate"', '"program":"ragged"'))
    rows = effbench("sweep grid --out old --status --format json").json
    assert [(row["done"], row["program"]) for row in rows] == [(1, "ragged")] * 3
    assert "Trained: 3 with 1 seed." in effbench("heatmap --dataset digits --metric accuracy --store old").out


def test_a_cell_is_what_effbench_train_gives(effbench, swept, here):
    (here / "one.toml").write_text(RECIPE.partition("[sweep]")[0].replace("{b1}-{b2}", "1-1"))
    rows = effbench("train one.toml --device cpu --threads 1 --format json").json
    assert rows[-1]["top1"] == stored(swept / "separate")[1, 1, 0].exits[-1].accuracy


def test_nothing_is_trained_twice_and_the_table_says_how_it_ran(effbench, swept):
    before = (swept / "separate" / FILE).read_bytes()
    ran = effbench(f"sweep {swept}/grid.toml --out {swept}/separate")
    assert ran.code == 0
    assert (swept / "separate" / FILE).read_bytes() == before
    assert ran.out.startswith("grid: 3 cells × 1 seeds\n")
    assert "3 of 3 trainings done, 0 failed, 0 missing." in ran.out
    assert "Program: separate (asked for)." in ran.out


def test_heatmap_reads_the_store(effbench, swept):
    ran = effbench(f"heatmap --dataset digits --metric accuracy --store {swept}/separate")
    assert ran.code == 0
    assert "Trained: 3 with 1 seed." in ran.out


@pytest.mark.parametrize("option", ["--dry-run", "--status"])
def test_looking_trains_and_leaves_nothing(effbench, here, option):
    ran = effbench(f"sweep grid {option} --format csv")
    assert ran.code == 0
    assert [row["missing"] for row in ran.csv] == ["1", "1", "1"]
    table = effbench(f"sweep grid {option}").out
    assert "0 of 3 trainings done, 0 failed, 3 missing." in table
    assert "Cost by formula: " in table
    assert not (here / "runs").exists()


def test_cells_and_seeds_can_be_chosen(effbench, here):
    rows = effbench("sweep grid --dry-run --limit 2 --seeds 3 5 --format json").json
    assert [(row["b1"], row["b2"], row["missing"]) for row in rows] == [(0, 1, 2), (1, 0, 2)]


def test_a_failed_training_is_told_and_tried_again_when_asked(effbench, here, monkeypatch):
    """With so large a rate the loss is soon not a number."""
    path = here / "experiments" / "grid.toml"
    hot = RECIPE.replace("lr = 1e-2", 'name = "sgd"\nlr = 100').replace("epochs = 1", "epochs = 9")
    path.write_text(hot.replace("b1 = [0, 1]\nb2", "b1 = [0]\nb2"))
    ran = effbench("sweep grid --jobs 1")
    assert ran.code == 1
    assert "0 of 1 trainings done, 1 failed, 0 missing." in ran.out
    assert "not finite numbers" in ran.out or "not a finite number" in ran.out
    assert "--retry-failed trains again what failed." in ran.out
    assert effbench("sweep grid --jobs 1").code == 1
    assert len(read(Path("runs/grid"))) == 1
    assert effbench("sweep grid --jobs 1 --retry-failed").code == 1
    assert len(read(Path("runs/grid"))) == 2
    assert len(Store(Path("runs/grid")).found()) == 1


def test_an_interrupted_sweep_goes_on(here):
    command = [sys.executable, "-m", "effbench", "sweep", "grid", "--jobs", "1", "--seeds", "0", "1", "2", "3"]
    driver = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 240  # on a busy machine
    while not (here / "runs" / "grid" / FILE).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    children = Path(f"/proc/{driver.pid}/task/{driver.pid}/children").read_text().split()
    driver.send_signal(signal.SIGINT)
    said = driver.communicate(timeout=30)[1]
    assert driver.returncode == 130
    assert "effbench: stopped; run the same command to resume" in said.splitlines()
    assert "Traceback" not in said
    assert children
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    before = len(read(here / "runs" / "grid"))
    assert 1 <= before < 12
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "12 of 12 trainings done" in done.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sweep gird", "grid"),
        ("sweep grid --jobs 0", "jobs must be between 1 and 100000, got 0"),
        ("sweep grid --limit 4", "limit must be between 1 and 3, got 4"),
        (
            "sweep grid --seeds 1 1",
            "seeds must be one or more different numbers from 0 to",
        ),
        ("sweep grid --device cuda", "no CUDA device was found; --device cpu trains on the processor"),
        ("sweep missing.toml", "missing.toml"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(effbench, here, monkeypatch, line, said):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    ran = effbench(line)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (here / "runs").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("b1 = [0, 1]", "b3 = [0, 1]", "b3"),
        ("[optimiser]", "[optimizer]", "optimiser"),
        ("{b1}-{b2}", "{b1}-x{b2}", "cells cannot be trained"),
        ("batch = 256", "batch = 0", "data.batch must be between"),
        ("b1 = 0, b2 = 0", "b1 = 7", "no cell has b1=7"),
        ('name = "digits"', 'name = "digit"', "digits"),
        ("epochs = 1", 'epochs = 1\nprecision = "fp16"', "fp16 is trained on a GPU only"),
        ("[training]", "[loss]\nexit_weights = [0, 0]\n[training]", "loss.exit_weights must have one above 0"),
        ("[training]", "[loss]\nexit_weights = [1, 2]\n[training]", "loss.exit_weights has 2 values"),
        ("epochs = 1", "epochs = 1\nseeds = [-1]", "training.seeds must be one or more different numbers from 0"),
    ],
)
def test_a_recipe_that_cannot_be_is_one_line(effbench, here, old, new, said):
    path = here / "experiments" / "grid.toml"
    path.write_text(path.read_text().replace(old, new))
    for line in ("sweep grid", "sweep grid --dry-run"):
        ran = effbench(line)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
        assert len(ran.err.splitlines()) == 1
        assert not (here / "runs").exists()


def test_data_that_are_not_there_are_told_before_anything_runs(effbench, here):
    path = here / "experiments" / "grid.toml"
    path.write_text(path.read_text().replace('"digits"', '"cifar10"').replace("size = 16", "size = 32"))
    ran = effbench("sweep grid --jobs 1 --data nowhere --limit 1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("effbench: error: cannot read nowhere")
    assert len(ran.err.splitlines()) == 1
    assert not (here / "runs").exists()


def test_a_full_disk_is_one_line(effbench, here, monkeypatch):
    def full(handle):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("effbench.files.journal.os.fsync", full)
    ran = effbench("sweep grid --jobs 1 --limit 1")
    assert ran.code == 2
    assert ran.err.splitlines()[-1].endswith("No space left on device")
    assert "Traceback" not in ran.err


def test_why_a_cost_is_not_counted(effbench, here):
    codec = Path(__file__).parents[2] / "experiments" / "compress_digits.toml"
    assert "Cost not counted: a codec has no formula here." in effbench("sweep", codec, "--dry-run").out
    path = here / "experiments" / "grid.toml"
    path.write_text(path.read_text().replace('"digits"', '"folder"'))
    said = "Cost not counted: how many images there are is known only to the data on disk."
    assert said in effbench("sweep grid --dry-run").out
