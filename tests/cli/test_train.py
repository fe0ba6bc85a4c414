"""``effbench train``: runs of seconds, what they print and leave, and one line for what is wrong."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("sklearn")

from effbench.cli.train import told
from effbench.stats.binomial import wilson
from effbench.training.loop import rank
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.progress import Progress
from effbench.training.loop.rank import Rank
from effbench.training.sweep.store import read

ROOT = Path(__file__).parents[2]

RECIPE = """
source = "a test"
model = "ravit_cifar10:1-1,width=8,num_heads=2"
[data]
name = "digits"
size = 16
batch = 256
calibration = 0.5
[optimiser]
lr = 1e-2
[training]
epochs = 1
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with one recipe, ``small``, in which the command is called."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "small.toml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EFFBENCH_DATA", raising=False)
    return tmp_path


def test_a_run_is_told_exit_by_exit(effbench, here):
    rows = effbench("train small --device cpu --format json").json
    assert [(row["seed"], row["exit"], row["images"]) for row in rows] == [(0, 1, 360), (0, 2, 360)]
    flops = effbench("flops ravit_cifar10:1-1,width=8,num_heads=2 --sizes 16 --format json").json
    assert rows[1]["macs"] == flops[0]["value"]
    assert rows[0]["macs"] < rows[1]["macs"]
    for row in rows:
        assert (row["low"], row["high"]) == wilson(round(360 * row["top1"]), 360)
        assert row["top1"] <= row["top5"] <= 1
    (stored,) = read(Path("runs/small"))
    assert (stored.cell, stored.experiment, stored.outcome.key) == ({}, "small", rows[0]["key"])
    assert [exit.accuracy for exit in stored.outcome.exits] == [row["top1"] for row in rows]


def test_the_table_says_where_the_run_is_and_what_to_do_with_it(effbench, here):
    ran = effbench("train small --device cpu --seed 3 --out there")
    assert ran.code == 0
    assert ran.out.startswith("small: ravit_cifar10:1-1,width=8,num_heads=2 on digits\n")
    assert "Run: there/seed3; store: there/results.jsonl.\nNext: effbench exits --run there/seed3; " in ran.out
    assert ran.err == ""
    exits = effbench("exits --run there/seed3")
    assert exits.code == 0
    assert "360 test images, 2 exits" in exits.out
    mapped = effbench("heatmap --dataset digits --metric accuracy --store there")
    assert mapped.code == 0
    assert "Trained: 1 with 1 seed." in mapped.out
    assert "Thresholds were chosen on 719 other images." in exits.out  # half of 1,437, rounded up


def test_several_seeds_have_a_mean(effbench, here):
    rows = effbench("train small --device cpu --seeds 0 1 --format json").json
    assert [row["seed"] for row in rows] == [0, 0, 1, 1, "mean of 2", "mean of 2"]
    mean = rows[-1]
    assert mean["top1"] == pytest.approx((rows[1]["top1"] + rows[3]["top1"]) / 2)
    assert 0 <= mean["low"] <= mean["top1"] <= mean["high"] <= 1
    assert len(read(Path("runs/small"))) == 2


def test_a_second_call_reads_what_is_there(effbench, here, monkeypatch):
    first = effbench("train small --device cpu --format json").json
    opened = "effbench.training.loop.opening.open_part"
    monkeypatch.setattr(opened, lambda *given, **named: pytest.fail("trained again"))
    assert effbench("train small --device cpu --format json").json == first
    assert len(read(Path("runs/small"))) == 1


def test_values_are_changed_on_the_command_line(effbench, here):
    effbench("train small --device cpu --epochs 2 --set data.batch=512 --set training.ema=0.5 --threads 1")
    recipe = json.loads(Path("runs/small/seed0/recipe.json").read_text())
    assert (recipe["training"]["epochs"], recipe["data"]["batch"], recipe["training"]["ema"]) == (2, 512, 0.5)


def test_a_dry_run_looks_for_data_where_their_folder_is_given(effbench, here):
    (here / "nothing").mkdir()
    recipes = Path(__file__).parents[2] / "experiments"
    for line in (f"train {recipes}/ravit_cifar10.toml", f"sweep {recipes}/ravit_cifar10_heatmap.toml"):
        refused = effbench(f"{line} --dry-run --data nothing")
        assert (refused.code, refused.out) == (2, "")
        assert "data set cifar10 is not there" in refused.err
        assert effbench(f"{line} --dry-run").code == 0


def test_a_dry_run_shows_the_recipe_and_its_cost(effbench, here):
    """1,437 images, half of them (719) held out, in batches of 256: 2 steps an epoch, 3 epochs."""
    plan = effbench("train small --dry-run --epochs 3 --format json").json
    assert plan["recipe"]["training"]["epochs"] == 3
    assert (plan["images"], plan["steps"]) == (718, 6)
    (flops,) = effbench("flops ravit_cifar10:1-1,width=8,num_heads=2 --sizes 16 --convention flops --format json").json
    assert plan["flops"] == 3 * flops["value"] * 718 * 3
    assert not Path("runs").exists()
    table = effbench("train small --dry-run").out
    assert 'data.name                  "digits"' in table
    assert "optimiser steps: 2." in table


def test_a_failed_run_has_a_reason_and_an_exit_code(effbench, here):
    ran = effbench("train small --device cpu --set optimiser.lr=100 --set optimiser.name=sgd --epochs 30")
    assert ran.code == 1
    assert "Seed 0 failed: " in ran.out
    assert "finite" in ran.out
    assert read(Path("runs/small"))[0].outcome.status == "failed"
    assert "has no exits" in effbench("exits --run runs/small/seed0").err


def test_the_progress_line_says_it_all():
    now = Progress(epoch=3, epochs=40, step=25, steps=100, loss=0.12345, images_per_s=900.4, remaining=75.0)
    assert told(7, now) == f"seed 7, epoch 3 of 40, loss {0.12345:.4f}, 900 images/s"


def test_an_interrupt_says_how_to_go_on(effbench, here, monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr("effbench.training.loop.classify.Classify.loss", interrupted)
    ran = effbench("train small --device cpu")
    assert ran.code == 130
    assert "run the same command to resume from the last checkpoint" in ran.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train smal", "unknown recipe 'smal'; did you mean small?"),
        ("train none.toml", "cannot read recipe none.toml: No such file or directory"),
        ("train small --set optimiser.lrr=1", "unknown key of optimiser 'lrr'; did you mean lr?"),
        ("train small --set epochs", "'epochs' is no change of a recipe: write key=value"),
        ("train small --epochs 0", "training.epochs must be between 1 and 100000, got 0"),
        ("train small --set data.calibration=2", "data.calibration must be between 0 and 0.9, got 2"),
        ("train small --set data.name=digitz", "unknown data set 'digitz'; did you mean digits?"),
        ("train small --set data.name=cifar10", "cifar10 is not there"),
        ("train small --set data.name=cifar10 --data nowhere", "nowhere"),
        (
            "train small --set model=vit_cifar10:1,num_classes=7",
            "has 7 classes, data set digits has 10: write num_classes=10",
        ),
        ("train small --set model=ravit_cifar10:{a}-1", "effbench sweep experiments/small.toml trains every cell"),
        ("train small --set training.precision=fp16", "fp16 is trained on a GPU only"),
        (
            "train small --seeds 1 1",
            "seeds must be one or more different numbers from 0 to",
        ),
        ("train small --seed -1", "seeds must be one or more different numbers from 0 to"),
        ("train small --set loss.exit_weights=[1.0]", "loss.exit_weights has 1 values, ravit_cifar10:1-1"),
        ("train small --set loss.exit_weights=[0,0]", "loss.exit_weights must have one above 0, got [0.0, 0.0]"),
        ("train small --seed 1 --seeds 1", "not allowed with argument"),
        ("train small --threads 0", "threads must be between 1 and 4096, got 0"),
        ("train small --processes 0", "--processes must be 1 or more, got 0"),
        ("train small --log paper", "invalid choice: 'paper'"),
        ("exits --run nowhere", "cannot read nowhere"),
        ("exits --run experiments", "experiments holds no finished run of effbench train: no result.json"),
        ("exits ravit_cifar10:1-1 --run experiments", "give it without MODEL"),
        ("exits ravit_cifar10:1-1", "give --predictions FILE, or --run DIR of effbench train"),
    ],
)
def test_bad_input_is_one_line(effbench, here, line, said):
    """A dry run refuses what the run does, but for data whose folder is not given."""
    local = "name=cifar10" in line
    for options in ("",) if local else ("", " --dry-run"):
        ran = effbench(f"{line} --device cpu{options}" if line.startswith("train") else line)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("effbench: error: ")
        assert said in ran.err
        assert ran.err.count("\n") == 1
        assert not Path("runs").exists()


def test_no_folder_of_recipes(effbench, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("effbench.training.recipes.FOLDERS", (Path("experiments"),))
    assert "there is no folder experiments here to find 'small' in" in effbench("train small").err


def test_a_run_of_another_recipe_is_not_touched(effbench, here):
    effbench("train small --device cpu")
    ran = effbench("train small --device cpu --epochs 2")
    assert ran.code == 2
    assert "result.json is of another run: training.epochs is 1 there, 2 here. Give another folder" in ran.err


def test_a_pickle_for_a_checkpoint_is_refused(effbench, here):
    run = Path("runs/small/seed0")
    run.mkdir(parents=True)
    (run / "checkpoint.pt").write_bytes(pickle.dumps({"effbench": 1}))
    ran = effbench("train small --device cpu")
    assert (ran.code, ran.out) == (2, "")
    assert "checkpoint.pt is refused: it is no file of plain tensors" in ran.err
    assert ran.err.count("\n") == 1


def test_other_tasks_show_their_figures():
    from effbench.training.loop.recipe_file import read_table, recipe_of
    from effbench.training.seeds import figure_rows

    recipe = recipe_of(read_table(ROOT / "experiments" / "compress_digits.toml"), "compress_digits")
    outcome = Outcome(
        key="k", name="n", model=recipe.model, seed=2, recipe={}, status="done", figures={"loss": 0.5, "psnr_db": 30.0}
    )
    rows = figure_rows(recipe, [outcome])
    assert [(row.seed, row.figure, row.value) for row in rows] == [(2, "loss", 0.5), (2, "psnr_db", 30.0)]


def test_the_first_training_reaches_what_its_recipe_says(effbench, tmp_path, monkeypatch):
    """The committed recipe as it is: half a minute of one core, 98 % of 360 test images at the last exit."""
    monkeypatch.chdir(ROOT)
    rows = effbench("train ravit_digits --device cpu --threads 1 --format json --seed 0 --out", tmp_path / "run").json
    assert rows[-1]["top1"] >= 0.98
    assert rows[0]["macs"] < rows[-1]["macs"] / 4


def test_two_processes_train_as_one_does(effbench, here):
    """The same batches, each process half of every one: equal but for rounding; only the first one speaks."""
    effbench("train small --device cpu --out alone --epochs 2")
    code = effbench(
        "train small --device cpu --out team --epochs 2 --processes 2 --output team.json --format json"
    ).code
    assert code == 0
    alone, team = (
        Outcome.from_entry(json.loads(Path(out, "seed0", "result.json").read_text())) for out in ("alone", "team")
    )
    assert (alone.conditions["processes"], team.conditions["processes"]) == (1, 2)
    assert team.figures["training_loss"] == pytest.approx(alone.figures["training_loss"], rel=1e-5)
    assert [row["exit"] for row in json.loads(Path("team.json").read_text())] == [1, 2]
    assert len(read(Path("team"))) == 1


def test_of_several_processes_the_first_one_speaks(effbench, here, monkeypatch):
    effbench("train small --device cpu")
    monkeypatch.setattr(rank, "rank_of", lambda: Rank(rank=1, world=2, local=None))
    assert effbench("train small --device cpu").out == ""


@pytest.mark.parametrize("name", ["RANK", "WORLD_SIZE", "LOCAL_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"])
def test_a_variable_of_somebody_else_s_shell_changes_nothing(effbench, here, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    ran = effbench("train small --device cpu")
    assert ran.code == 0
    assert ran.out.startswith("small: ")
    told = f"effbench: {name} in the environment ignored: without " if name in ("RANK", "WORLD_SIZE") else ""
    assert ran.err.startswith(told)
    assert ran.err.count("\n") == bool(told)


def test_processes_of_torchrun_are_not_shared_out_again(effbench, here, monkeypatch):
    for name, value in {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    ran = effbench("train small --processes 2")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "effbench: error: --processes 2 in a process that torchrun started: leave one of them out\n"
    ran = effbench("sweep small")
    assert (ran.code, ran.out) == (2, "")
    assert "start it once, without torchrun" in ran.err
    monkeypatch.setenv("RANK", "2")
    ran = effbench("train small")
    assert (ran.code, ran.out) == (2, "")
    assert "RANK=2 and WORLD_SIZE=2 in the environment contradict each other" in ran.err
    assert not Path("runs").exists()


@pytest.mark.parametrize("name", ["../../x", "/tmp/x", "..", "a/b", "a\nb", ""])
def test_a_recipe_s_name_stays_in_the_folder_of_runs(effbench, here, name):
    path = here / "experiments" / "small.toml"
    path.write_text(f"name = {json.dumps(name)}\n{RECIPE}")
    before = sorted(here.parent.iterdir())
    for command in ("train small", "train small --dry-run"):
        ran = effbench(command)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("effbench: error: name of a recipe ")
        assert "cannot be used as a file name" in ran.err
        assert len(ran.err) < 300
    path.write_text(RECIPE)
    assert effbench("train small --set", f"name={json.dumps(name)}").code == 2
    assert not (here / "runs").exists()
    assert sorted(here.parent.iterdir()) == before


def test_the_name_of_a_sweep_is_that_of_a_file_in_its_folder(effbench, here):
    """The stem of ``...toml`` is ``..``, which is no folder for runs."""
    (here / "...toml").write_text(RECIPE + "[sweep]\ntraining.epochs = [1]\n")
    ran = effbench("sweep ...toml --dry-run")
    assert ran.code == 2
    assert "name of a recipe '..' cannot be used as a file name" in ran.err
