"""A group of cells leaves the folders that trainings of their own would leave."""

from __future__ import annotations

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from effbench.early_exit.predictions import predictions  # noqa: E402 - after the check for torch
from effbench.errors import EffbenchError, InUse, SpecError  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402
from effbench.training.loop import trial  # noqa: E402
from effbench.training.loop.folder import held  # noqa: E402
from effbench.training.loop.ragged.together import PREFIX, Group, train_together  # noqa: E402
from effbench.training.loop.run import train  # noqa: E402

CELLS = ("1-1", "0-2", "2-1", "2-0")
WIDTH = "width=8,num_heads=2,num_classes=3"


def recipes_of(recipe, *changes, cells=CELLS):
    return [recipe(f"model='ravit_cifar10:{cell},{WIDTH}'", *changes) for cell in cells]


def folders_in(path, recipes):
    return [path / recipe.model.partition(",")[0].partition(":")[2] for recipe in recipes]


def files_of(folder):
    return {file.name for file in folder.iterdir()}


@pytest.mark.parametrize("changes", [(), ("training.ema=0.5", "training.micro_batch=3", "loss.label_smoothing=0.1")])
def test_every_cell_gets_what_a_training_of_its_own_gives(recipe, noise, tmp_path, changes):
    recipes = recipes_of(recipe, *changes)
    folders = folders_in(tmp_path / "together", recipes)
    outcomes = train_together(recipes, seed=3, folders=folders)
    for cell, folder, outcome in zip(recipes, folders, outcomes, strict=True):
        apart = tmp_path / "apart" / folder.name
        alone = train(cell, seed=3, folder=apart)
        assert (outcome.key, outcome.status, outcome.steps) == (alone.key, "done", alone.steps)
        assert (outcome.program, alone.program) == ("ragged", "separate")
        assert outcome.figures["training_loss"] == pytest.approx(alone.figures["training_loss"], rel=1e-6)
        assert [e.top1 for e in outcome.exits] == [e.top1 for e in alone.exits]
        assert files_of(folder) == files_of(apart)
        assert (folder / "log.csv").read_text().splitlines()[0] == (apart / "log.csv").read_text().splitlines()[0]
        resolve(cell.model).at_size(16).build().load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
        for part in ("test.npz", "calibration.npz"):
            ours, theirs = np.load(folder / part), np.load(apart / part)
            assert list(ours["ids"]) == list(theirs["ids"])
            np.testing.assert_allclose(ours["logits"], theirs["logits"], atol=2e-5)
            predictions(ours["logits"], ours["labels"], ours["ids"])


def test_an_interrupted_group_resumes_to_the_same_bits(recipe, noise, tmp_path, monkeypatch):
    recipes = recipes_of(recipe, "training.epochs=3", "training.checkpoint_every=2")
    whole, cut = folders_in(tmp_path / "whole", recipes), folders_in(tmp_path / "cut", recipes)
    undisturbed = train_together(recipes, seed=0, folders=whole)
    save, saved = Group._save, []

    def killed(group):
        save(group)
        saved.append(group)
        if len(saved) in (1, 3):
            raise KeyboardInterrupt

    monkeypatch.setattr(Group, "_save", killed)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train_together(recipes, seed=0, folders=cut)
    assert [file.name[: len(PREFIX)] for file in cut[0].glob("*.pt")] == [PREFIX]
    resumed = train_together(recipes, seed=0, folders=cut)
    assert [outcome.exits for outcome in resumed] == [outcome.exits for outcome in undisturbed]
    for a, b in zip(whole, cut, strict=True):
        ours, theirs = (torch.load(folder / "weights.pt", weights_only=True) for folder in (a, b))
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
        lines = [(folder / "log.csv").read_text().splitlines() for folder in (a, b)]
        assert [line.split(",")[:3] for line in lines[0]] == [line.split(",")[:3] for line in lines[1]]


def test_finished_cells_stay_as_they_are(recipe, noise, tmp_path):
    recipes = recipes_of(recipe)
    folders = folders_in(tmp_path, recipes)
    first = train_together(recipes, seed=0, folders=folders)
    assert train_together(recipes, seed=0, folders=folders) == first
    (folders[1] / "result.json").unlink()  # as if killed while results were written
    again = train_together(recipes, seed=0, folders=folders)
    assert [again[k] for k in (0, 2, 3)] == [first[k] for k in (0, 2, 3)]
    assert again[1].exits == first[1].exits


def test_a_cell_that_fails_takes_no_other_with_it(recipe, noise, tmp_path, monkeypatch):
    recipes = recipes_of(recipe)
    folders = folders_in(tmp_path, recipes)
    made = Group.__init__

    def poisoned(group, *arguments):
        made(group, *arguments)
        stack = group._task.network
        lane = stack.lanes[1]
        with torch.no_grad():
            stack.branches["1"].head.bias[lane.cells.index(1)] = float("nan")

    monkeypatch.setattr(Group, "__init__", poisoned)
    outcomes = train_together(recipes, seed=3, folders=folders)
    assert [outcome.status for outcome in outcomes] == ["done", "failed", "done", "done"]
    assert outcomes[1].reason == "the loss was not a finite number in epoch 1 of 2"
    assert not outcomes[1].exits
    assert files_of(folders[1]) == {"recipe.json", "log.csv", "result.json"}
    alone = train(recipes[0], seed=3, folder=tmp_path / "alone")
    assert outcomes[0].figures["training_loss"] == pytest.approx(alone.figures["training_loss"], rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("optimiser.lr=0.5",), "optimiser is "),
        (("training.epochs=7",), "training is "),
        ((f"model='ravit_cifar10:1-2,width=16,{WIDTH[8:]}'",), "model width is 8 for ravit_cifar10:1-1"),
        ((f"model='ravit_cifar10:1-1-1,patch_size=2,{WIDTH}'",), "model patch_size is 4 for"),
        (("model='vit_tiny_patch16'",), "only RAViTs that classify are trained together; vit_tiny_patch16"),
        ((f"model='ravit_cifar10:1-1,{WIDTH}'",), "a model stands twice"),
    ],
)
def test_recipes_that_differ_in_more_than_layers(recipe, noise, tmp_path, changes, said):
    recipes = [*recipes_of(recipe, cells=("1-1",)), recipe(*changes)]
    if "model=" not in changes[0]:
        recipes[1] = recipes_of(recipe, *changes, cells=("1-2",))[0]
    with pytest.raises(SpecError, match=said):
        train_together(recipes, seed=0, folders=[tmp_path / "a", tmp_path / "b"])
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("optimiser.clip=1.0",), "optimiser.clip is a norm over one network's gradients"),
        (("training.precision='fp16'",), "fp16 skips a step"),
        (("loss.exit_weights=[1.0, 2.0]",), "exit_weights has 2 values, ravit_cifar10:0-2"),
    ],
)
def test_what_ties_cells_to_each_other_is_refused(recipe, noise, tmp_path, changes, said):
    recipes = recipes_of(recipe, *changes)
    with pytest.raises(SpecError, match=said):
        train_together(recipes, seed=0, folders=folders_in(tmp_path, recipes))
    assert not list(tmp_path.iterdir())


def test_no_recipes_too_few_folders_and_a_folder_in_use(recipe, noise, tmp_path):
    recipes = recipes_of(recipe)
    with pytest.raises(SpecError, match="no recipes"):
        train_together([], seed=0, folders=[])
    with pytest.raises(EffbenchError, match="4 recipes need as many different folders, got 1"):
        train_together(recipes, seed=0, folders=[tmp_path] * 4)
    folders = folders_in(tmp_path, recipes)
    with held(folders[2]), pytest.raises(InUse):
        train_together(recipes, seed=0, folders=folders)


def test_a_job_of_several_recipes_is_answered_by_as_many_results(recipe, noise, tmp_path):
    recipes = recipes_of(recipe, cells=("1-1", "0-1"))
    tables = [{**cell.determining(), "name": cell.name, "source": cell.source} for cell in recipes]
    folders = [str(folder) for folder in folders_in(tmp_path, recipes)]
    found = trial.answer({"recipes": json.loads(json.dumps(tables)), "seed": 1, "folders": folders})
    assert [entry["key"] for entry in found] == [cell.key(1) for cell in recipes]
    assert {entry["program"] for entry in found} == {"ragged"}
