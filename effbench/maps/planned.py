"""Networks that a sweep is to train, so that a map of its store can show what is missing. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from effbench.errors import EffbenchError
from effbench.maps.relayered import Layers
from effbench.maps.trained_runs import Selected
from effbench.models.spec.ravit import RAViTSpec
from effbench.training.recipes import find_recipe
from effbench.training.sweep.plan import model_of, plan_file


def planned_layers(selected: Selected) -> frozenset[Layers]:
    """Layer counts of every network in the sweeps that these runs belong to.

    A sweep is found by the name of its experiment among the recipes; one that is not there, or whose recipe has been
    changed since the runs were made, adds nothing.
    """
    recipe = _besides_model(selected.runs[0].outcome.recipe)
    experiments = sorted({run.experiment for run in selected.runs})
    return frozenset(layers for name in experiments for layers in _layers_of(name, recipe))


def _layers_of(experiment: str, recipe: Mapping[str, Any]) -> list[Layers]:
    try:
        trials = plan_file(find_recipe(experiment)).trials
    except EffbenchError:
        return []
    specs = [model_of(trial.recipe).spec for trial in trials if _besides_model(trial.recipe.determining()) == recipe]
    return [spec.layers for spec in specs if isinstance(spec, RAViTSpec)]


def _besides_model(recipe: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in recipe.items() if name != "model"}
