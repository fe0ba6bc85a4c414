"""Every committed recipe is one; the papers' start on files laid out like the real data sets and make two steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effbench.errors import EffbenchError
from effbench.models.registry import resolve
from effbench.training.data.catalogue import dataset
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.recipe_file import changed, read_table, recipe_of
from effbench.training.sweep.plan import Sweep, plan, plan_file

FOLDER = Path(__file__).parents[2] / "experiments"
RECIPES = sorted(path.stem for path in FOLDER.glob("*.toml"))

SIZES = {  # name -> models in its table of the paper
    "ravit_cifar10": 4,
    "ravit_tiny_imagenet": 4,
    "ravit_imagenet": 5,
    "ci2p_animals10": 3,
    "ci2p_imagenet": 2,
    "token_fusion_imagenet": 9,
    "token_fusion_variations": 15,
    "compress_imagenet": 1,
}

RUN = [  # one model of every family and data set; the others are built on the meta device
    ("ravit_cifar10", "vit_cifar10:3"),
    ("ravit_cifar10", "ravit_cifar10:1-3"),
    ("ravit_tiny_imagenet", "ravit_tiny_imagenet:2-0-3"),
    ("ravit_imagenet", "ravit_imagenet:1-1-8"),
    ("ci2p_animals10", "ci2p_vit"),
    ("ci2p_animals10", "vit_base_patch16_gap"),
    ("ci2p_animals10", "cnn_vit"),
    ("ci2p_imagenet", "ci2p_vit_ds"),
    ("token_fusion_imagenet", "token_fusion_layerwise:channel"),
    ("token_fusion_variations", "token_fusion_late:token,upsample=copy,merge=add"),
    ("token_fusion_variations", "token_fusion_early:channel,bridges=single"),
    ("compress_imagenet", "bmshj2018_factorized:5"),
]


def header(name: str) -> str:
    """The comment lines at the top."""
    lines = (FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    return "\n".join(lines[: next(i for i, line in enumerate(lines) if not line.startswith("#"))])


def sweep_of(name: str) -> Sweep:
    return plan_file(FOLDER / f"{name}.toml")


def test_every_experiment_of_the_papers_has_a_recipe():
    assert set(SIZES) <= set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_valid_and_its_models_exist(name: str):
    sweep = sweep_of(name)  # raises for a key, value or model that is none
    assert all(trial.recipe.data.name == sweep.trials[0].recipe.data.name for trial in sweep.trials)
    dataset(sweep.trials[0].recipe.data.name)


@pytest.mark.parametrize("name", RECIPES)
def test_the_models_have_the_classes_of_the_data(name: str):
    for trial in sweep_of(name).trials:
        known = dataset(trial.recipe.data.name).num_classes
        if trial.recipe.task == "classify" and known is not None:
            assert resolve(trial.recipe.model).spec.num_classes == known


@pytest.mark.parametrize("name", SIZES)
def test_a_table_of_a_paper_is_whole_and_its_own_model_is_in_it(name: str):
    sweep = sweep_of(name)
    assert len(sweep.cells) == SIZES[name]
    own = recipe_of(read_table(FOLDER / f"{name}.toml"), name).model
    assert own in {trial.recipe.model for trial in sweep.trials}


@pytest.mark.parametrize("name", RECIPES)
def test_a_header_says_how_where_how_long_and_what_came_out(name: str):
    said = header(name).lower()
    assert [word for word in ("command", "hardware", "runtime", "result", "seeds") if f"{word}:" not in said] == []
    assert f"{name}" in said  # its command names it


@pytest.mark.parametrize("name", SIZES)
def test_a_paper_s_recipe_says_what_is_stated_and_what_is_chosen(name: str):
    said = header(name)
    assert "arXiv:" in said
    assert "# Stated:" in said
    assert "# Free:" in said
    assert read_table(FOLDER / f"{name}.toml")["source"].startswith("arXiv:")


def test_the_index_is_made_of_the_headers():
    import subprocess
    import sys

    made = subprocess.run([sys.executable, str(FOLDER / "index.py")], capture_output=True, text=True, check=True)
    assert made.stdout == (FOLDER / "README.md").read_text(encoding="utf-8"), "python experiments/index.py"


@pytest.mark.parametrize("name", [name for name in SIZES if not name.startswith("compress")])
def test_every_model_of_a_table_takes_the_recipe_s_images(name: str):
    torch = pytest.importorskip("torch")
    pytest.importorskip("compressai")
    from effbench.counting.counters.networks import logits_of

    for recipe in {trial.recipe.model: trial.recipe for trial in sweep_of(name).trials}.values():
        model, size = resolve(recipe.model).at_size(recipe.data.size), recipe.data.size
        with torch.device("meta"):
            logits = logits_of(model.build(**recipe.options).eval(), torch.empty(1, 3, size, size))
        assert {tuple(exit.shape) for exit in logits} == {(1, model.spec.num_classes)}


@pytest.fixture
def images(
    cifar: Callable[..., Path], tiny: Callable[..., Path], classes: Callable[..., Path]
) -> Callable[[str], Path]:
    """``images("cifar10")``: files of that set, for two steps of two images."""
    makers: dict[str, Callable[[], Path]] = {
        "cifar10": lambda: cifar(each=1),
        "tiny-imagenet": lambda: tiny(each=2),
        "imagenet": lambda: classes({f"{part}/{wnid}": 2 for part in ("train", "val") for wnid in ("n02", "n01")}),
        "animals10": lambda: classes({f"raw-img/{name}": 2 for name in dataset("animals10").layouts[0].train}),
    }
    return lambda name: makers[name]()


def of_files(name: str, model: str) -> Recipe:
    """The recipe with that model of its table, for the two classes of ``images``, without a download."""
    table = read_table(FOLDER / f"{name}.toml")
    whole = next(trial.recipe.model for trial in plan(table, name).trials if trial.recipe.model.startswith(model))
    arguments = [] if whole.startswith("bmshj") or ":" not in whole else whole.partition(":")[2].split(",")
    arguments = [argument for argument in arguments if argument != "backbone=pretrained"]
    arguments += ["encoder=random"] if whole.startswith("ci2p") else []
    arguments += ["num_classes=2"] if table["data"]["name"] in ("imagenet", "tiny-imagenet") else []
    if table.get("task") != "compress":
        whole = ":".join(filter(None, (whole.partition(":")[0], ",".join(arguments))))
    return recipe_of(
        changed(table, [f"model={whole}", "data.batch=2", "data.workers=0", "training.micro_batch=0"]), name
    )


class EnoughError(Exception):
    """Two steps were made."""


@pytest.mark.parametrize(("name", "model"), RUN)
def test_a_paper_s_recipe_makes_two_steps_on_its_data_set(
    name: str, model: str, images: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    torch = pytest.importorskip("torch")
    pytest.importorskip("compressai")
    from effbench.training.loop.loop import Loop
    from effbench.training.loop.run import train

    losses, whole = [], Loop._step

    def step(loop: Loop, batch: Any) -> Any:
        before = [p.detach().clone() for p in loop.network.parameters() if p.requires_grad][-1]
        losses.append(whole(loop, batch))
        after = [p for p in loop.network.parameters() if p.requires_grad][-1]
        assert len(losses) == 1 or not torch.equal(before, after)  # the first step of a warm-up may be tiny
        if len(losses) == 2:
            raise EnoughError
        return losses[-1]

    monkeypatch.setattr(Loop, "_step", step)
    with pytest.raises(EnoughError):
        train(of_files(name, model), seed=0, folder=tmp_path / "run", root=images(dataset_of(name)))
    assert all(torch.isfinite(loss) for loss in losses)


def dataset_of(name: str) -> str:
    return str(read_table(FOLDER / f"{name}.toml")["data"]["name"])


@pytest.mark.parametrize("name", ["ci2p_animals10", "token_fusion_imagenet"])
def test_weights_that_cannot_be_downloaded_are_one_clear_line(
    name: str, images: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("torch")
    pytest.importorskip("compressai")
    from urllib.error import URLError

    from effbench.training.loop.run import train

    def unreachable(*given: object, **named: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr("torch.hub.download_url_to_file", unreachable)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    few = ["data.batch=2"]
    if name == "token_fusion_imagenet":
        few.append("model=token_fusion_layerwise:channel,backbone=pretrained,num_classes=2")
    recipe = recipe_of(changed(read_table(FOLDER / f"{name}.toml"), few), name)
    with pytest.raises(EffbenchError, match=r"could not be (read|downloaded)") as error:
        train(recipe, seed=0, folder=tmp_path / "run", root=images(recipe.data.name))
    assert "\n" not in str(error.value)
    assert "random" in str(error.value)
    assert not (tmp_path / "run").exists()
