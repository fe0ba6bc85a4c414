"""Networks that the sweeps of a map are to train, trained or not."""

from __future__ import annotations

from collections.abc import Mapping

from effbench.errors import EffbenchError
from effbench.maps.axes import Layers
from effbench.maps.selection import Selected, besides_model
from effbench.models.spec.ravit import RAViTSpec
from effbench.render.plain import Plain
from effbench.training.loop.choice import AUTO
from effbench.training.loop.feasible import model_of
from effbench.training.loop.recipe import Recipe
from effbench.training.recipes import find_recipe
from effbench.training.sweep.plan import plan_file


def planned_layers(selected: Selected) -> frozenset[Layers]:
    """Layer counts of every network in the sweeps that these runs belong to.

    A sweep is found by the name of its experiment among the recipes; one that is not there, or whose recipe has been
    changed since the runs were made, adds nothing.
    """
    recipe = besides_model(selected.networks[0].training.recipe)
    return frozenset(layers for name in selected.experiments for layers in _layers_of(name, recipe))


def _layers_of(experiment: str, recipe: Mapping[str, Plain]) -> list[Layers]:
    try:
        trials = plan_file(find_recipe(experiment)).trials
    except EffbenchError:
        return []
    specs = [model_of(trial.recipe).spec for trial in trials if _is_of(trial.recipe, recipe)]
    return [spec.layers for spec in specs if isinstance(spec, RAViTSpec)]


def _is_of(planned: Recipe, recipe: Mapping[str, Plain]) -> bool:
    """Whether the planned training is by that recipe; a precision that it leaves open is any."""
    training = recipe["training"]
    if planned.training.precision == AUTO and isinstance(training, Mapping):
        planned = planned.at_precision(str(training["precision"]))
    return besides_model(planned.determining()) == recipe
