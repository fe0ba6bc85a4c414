"""Recipes: what is possible, and what a result is called by. No torch."""

from __future__ import annotations

import dataclasses
import json

import pytest

from effbench.errors import SpecError, UnknownName
from effbench.training.loop.recipe_file import recipe_of

IMPOSSIBLE = [
    ("training.epochs=0", "training.epochs must be between 1 and 100000, got 0"),
    ("training.micro_batch=5", "training.micro_batch must be between 0 and 4, got 5"),
    ("training.checkpoint_every=-1", "training.checkpoint_every must be between 0"),
    ("training.evaluate_every=0", "training.evaluate_every must be between 1"),
    ("training.seeds=[]", "training.seeds must be one or more different numbers"),
    ("training.seeds=[1, 1]", "training.seeds must be one or more different numbers"),
    ("training.ema=1.0", "at least 0 and below 1, got 1"),
    ("optimiser.lr=-1e-3", "optimiser.lr must be between 0 and 100, got -0.001"),
    ("optimiser.lr=nan", "optimiser.lr must be a finite number, got nan"),
    ("optimiser.betas=[0.9, 1.0]", "betas, momentum and ema must be at least 0 and below 1, got 1"),
    ("optimiser.clip=-1.0", "optimiser.clip must be between"),
    ("schedule.warmup=3.0", "schedule.warmup must be between 0 and 2, got 3"),
    ("schedule.final=2.0", "schedule.final must be between 0 and 1, got 2"),
    ("loss.label_smoothing=1.5", "loss.label_smoothing must be between 0 and 1, got 1.5"),
    ("loss.exit_weights=[-1.0]", "loss.exit_weights must be between 0"),
    ("data.batch=0", "data.batch must be between 1"),
    ("data.calibration=1.0", "data.calibration must be between 0 and 0.9, got 1"),
    ("data.flip=2.0", "data.flip must be between 0 and 1, got 2"),
    ("data.crop_padding=17", "data.crop_padding must be between 0 and 16, got 17"),
    ("data.resize=8", r"data.resize must be 0 or at least data.size \(16\), got 8"),
    ("data.random_resized_crop=0.0", "data.random_resized_crop must be above 0"),
]

UNKNOWN = [
    ("optimiser.name=adamv", "unknown optimiser 'adamv'; did you mean adam or adamw"),
    ("schedule.name=cosin", "unknown schedule 'cosin'; did you mean cosine"),
    ("training.precision=bf15", "unknown precision 'bf15'; did you mean"),
    ("training.attention=explicid", "unknown attention 'explicid'; did you mean explicit"),
    ("data.normalise=imagnet", "unknown normalisation 'imagnet'; did you mean imagenet"),
    ("task=classifi", "unknown task 'classifi'; did you mean classify"),
    ("optimiser.lrr=1.0", "unknown key of optimiser 'lrr'; did you mean lr"),
    ("optimizer.lr=1.0", "unknown key of recipe 'optimizer'; did you mean optimiser"),
    ("training.epoch=3", "unknown key of training 'epoch'; did you mean epochs"),
]

WRONG_TYPE = [
    ("training.epochs=2.5", "training.epochs must be a whole number, got 2.5"),
    ("training.epochs=true", "training.epochs must be a whole number, got True"),
    ("optimiser.lr=fast", "optimiser.lr must be a number, got 'fast'"),
    ("training.compile=1", "training.compile must be true or false, got 1"),
    ("model=3", "model must be a text, got 3"),
    ("optimiser.betas=[0.9]", "optimiser.betas must be 2 values"),
    ("optimiser.betas=0.9", "optimiser.betas must be a list, got 0.9"),
    ("optimiser=adamw", "optimiser must be a table, got 'adamw'"),
    ("options.encoder_weights=3", "options.encoder_weights must be a text"),
]


@pytest.mark.parametrize(("change", "said"), IMPOSSIBLE)
def test_impossible_values(recipe, change, said):
    with pytest.raises(SpecError, match=said):
        recipe(change)


@pytest.mark.parametrize(("change", "said"), UNKNOWN)
def test_unknown_names_are_answered_with_the_nearest(recipe, change, said):
    with pytest.raises(UnknownName, match=said):
        recipe(change)


@pytest.mark.parametrize(("change", "said"), WRONG_TYPE)
def test_values_of_the_wrong_type(recipe, change, said):
    with pytest.raises(SpecError, match=said):
        recipe(change)


def test_what_determines_a_result_is_a_recipe_again(recipe):
    """As it travels to another process: through JSON."""
    first = recipe("optimiser.betas=[0.8, 0.9]", "options.encoder_weights=x.pt", "loss.exit_weights=[1, 2]")
    table = json.loads(json.dumps({**first.determining(), "source": "elsewhere"}))
    again = recipe_of(table, "another name")
    assert again.determining() == first.determining()
    assert again.key(3) == first.key(3)


@pytest.mark.parametrize("change", ["training.seeds=[5]", "training.checkpoint_every=2", "data.workers=9"])
def test_some_values_change_no_key(recipe, change):
    assert recipe(change).key(0) == recipe().key(0)


def test_a_file_that_an_option_names_counts_by_its_content(recipe, tmp_path):
    weights = tmp_path / "weights.pt"
    with_weights = dataclasses.replace(recipe(), options={"encoder_weights": str(weights)})
    absent = with_weights.key(0)
    weights.write_bytes(b"trained")
    first = with_weights.key(0)
    weights.write_bytes(b"trained longer")
    assert len({absent, first, with_weights.key(0)}) == 3
    weights.write_bytes(b"trained")
    assert with_weights.key(0) == first


@pytest.mark.parametrize("change", ["optimiser.lr=0.02", "training.ema=0.5", "data.flip=0.5", "task=compress"])
def test_all_others_do_and_so_does_the_seed(recipe, change):
    assert len({recipe().key(0), recipe(change).key(0), recipe().key(1)}) == 3
