"""Trainings of a store that belong on one map: RAViTs on one data set that differ in their layer counts alone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

from effbench.errors import EffbenchError, UnknownName
from effbench.maps.axes import Layers
from effbench.maps.networks import as_ravit, ravit_spec
from effbench.models.registry import Model, resolve
from effbench.models.spec.ravit import RAViTSpec
from effbench.render.plain import Plain
from effbench.training.loop.choice import AUTO
from effbench.training.loop.feasible import model_of
from effbench.training.loop.recipe import Recipe
from effbench.training.recipes import find_recipe
from effbench.training.sweep.plan import plan_file
from effbench.training.sweep.runs import Run, Training, trainings

LAYERS = "layers"


@dataclass(frozen=True, kw_only=True)
class Network:
    """A trained network.

    Attributes:
        training: its runs. model: its network, at the recipe's image side; of a plain ViT on the map, the RAViT it is.
    """

    training: Training
    model: Model

    @property
    def layers(self) -> Layers:
        """Layer counts of a RAViT."""
        return ravit_spec(self.model).layers

    @cached_property
    def besides_layers(self) -> dict[str, Plain]:
        """Dotted name -> value of everything that determines the result but the layer counts and the seed."""
        spec = ravit_spec(self.model)
        shape = {f"model.{f.name}": str(getattr(spec, f.name)) for f in fields(spec) if f.name != LAYERS}
        family: dict[str, Plain] = {"model.name": self.model.name.partition(":")[0], "model.branches": len(spec.layers)}
        return {**family, **shape, **_flat(_besides_model(self.training.recipe))}


@dataclass(frozen=True, kw_only=True)
class Selected:
    """Networks of one recipe but for layers and seeds.

    Attributes:
        networks: on the map. plain: models among them that were trained as plain ViTs.
        others: models of the store that are no RAViT, and so not on the map.
        other_recipes: experiment -> networks of it that were trained by another recipe, and so are not on the map.
    """

    networks: tuple[Network, ...]
    plain: tuple[str, ...]
    others: tuple[str, ...]
    other_recipes: Mapping[str, int]

    @property
    def dataset(self) -> str:
        """What the networks are trained on."""
        return self.networks[0].training.dataset

    @property
    def epochs(self) -> float:
        """Of every run."""
        return self.networks[0].training.epochs

    @property
    def about(self) -> Mapping[str, Plain]:
        """The recipe: all that determines the results but layers and seeds."""
        return self.networks[0].besides_layers

    @property
    def besides_epochs(self) -> dict[str, Plain]:
        """The recipe but for the length of its schedule, how often test images are looked at, and the arithmetic."""
        length = ("training.epochs", "training.evaluate_every", "training.precision")
        return {name: value for name, value in self.about.items() if name not in length}

    @property
    def experiments(self) -> list[str]:
        """What the runs were made for, in alphabetical order."""
        return sorted({run.experiment for network in self.networks for run in network.training.runs})

    @cached_property
    def runs(self) -> dict[Layers, list[Run]]:
        """Layers -> every run of that network."""
        found: dict[Layers, list[Run]] = {}
        for network in self.networks:
            found.setdefault(network.layers, []).extend(network.training.runs)
        return found


def read_trainings(path: Path, dataset: str) -> list[Training]:
    """Everything in the store that was trained on that data set.

    Raises:
        EffbenchError: no such file, a line that is no training, or no training on that data set.
    """
    if not path.is_file():
        raise EffbenchError(
            f"no trained runs: there is no file {path}; make it with effbench sweep experiments/NAME.toml --out "
            f"{path.parent}, or name another with --store FILE"
        )
    found = trainings([path])
    on_it = [training for training in found if training.dataset == dataset]
    if not on_it:
        held = ", ".join(sorted({training.dataset for training in found})) or "no run at all"
        raise EffbenchError(f"{path} has no run on {dataset}; it has: {held}")
    return on_it


def select(
    found: Sequence[Training],
    *,
    experiment: str | None = None,
    where: Mapping[str, str] | None = None,
) -> Selected:
    """The networks of one recipe: of several that are left, the one with the most networks.

    Args:
        experiment: only of that experiment. where: dotted recipe key -> the value it must have, as text.

    Raises:
        UnknownName: no such experiment or key. EffbenchError: no run is left, or two recipes have as many networks.
    """
    ravits, others = _networks(_of_experiment(found, experiment))
    if not ravits:
        models = ", ".join(sorted({network.training.model for network in others}))
        raise EffbenchError(f"the map is of RAViTs, and the store has none; it has {models}")
    chosen, left = _largest(_filtered(ravits, where or {}))
    return _selected(chosen, others, left)


def every_recipe(found: Sequence[Training]) -> list[Selected]:
    """The networks of each recipe by which a RAViT was trained, those with the most networks first."""
    ravits, others = _networks(found)
    return [_selected(chosen, others, {}) for chosen in _by_recipe(ravits)]


def _networks(found: Sequence[Training]) -> tuple[list[Network], list[Network]]:
    """RAViTs, and what is none."""
    made = [Network(training=one, model=resolve(one.model, one.size)) for one in found]
    ravits = [network for network in made if isinstance(network.model.spec, RAViTSpec)]
    return ravits, [network for network in made if network not in ravits]


def _selected(chosen: Sequence[Network], others: Sequence[Network], left: Mapping[str, int]) -> Selected:
    plain = _plain(others, chosen)
    mapped = [network.training for network in plain]
    return Selected(
        networks=(*chosen, *plain),
        plain=tuple(sorted({training.model for training in mapped})),
        others=tuple(sorted({one.training.model for one in others if one.training not in mapped})),
        other_recipes=left,
    )


def _of_experiment(found: Sequence[Training], experiment: str | None) -> list[Training]:
    """The trainings, reduced to the runs of that experiment; None stands for all."""
    if experiment is None:
        return list(found)
    names = sorted({run.experiment for training in found for run in training.runs})
    if experiment not in names:
        raise UnknownName("experiment of this store", experiment, names)
    runs = [tuple(run for run in training.runs if run.experiment == experiment) for training in found]
    return [dataclasses.replace(training, runs=own) for training, own in zip(found, runs, strict=True) if own]


def _plain(others: Iterable[Network], ravits: Sequence[Network]) -> list[Network]:
    """Those that are plain ViTs of the same recipe and shape, as the RAViTs they are, unless these were trained."""
    recipe, known = ravits[0].besides_layers, {network.layers for network in ravits}
    found = []
    for network in others:
        model = as_ravit(network.model, ravits[0].model)
        if model is not None:
            same = dataclasses.replace(network, model=model)
            if same.besides_layers == recipe and same.layers not in known:
                found.append(same)
    return found


def _filtered(networks: list[Network], where: Mapping[str, str]) -> list[Network]:
    for key, wanted in where.items():
        known = networks[0].besides_layers
        if key not in known:
            raise UnknownName("recipe key", key, known)
        values = {_text(network.besides_layers.get(key)) for network in networks}
        networks = [network for network in networks if _text(network.besides_layers.get(key)) == wanted]
        if not networks:
            raise EffbenchError(f"no run has {key}={wanted}; there is {', '.join(sorted(values))}")
    return networks


def _largest(networks: Iterable[Network]) -> tuple[list[Network], dict[str, int]]:
    """The recipe with the most networks; of the others, experiment -> number of networks.

    Raises:
        EffbenchError: two recipes have as many; it says how to choose.
    """
    first, *others = _by_recipe(networks)
    if others and _count(others[0]) == _count(first):
        raise EffbenchError(_ambiguous([first, *others]))
    left: dict[str, int] = {}
    for group in others:
        experiment = group[0].training.runs[0].experiment
        left[experiment] = left.get(experiment, 0) + _count(group)
    return first, left


def _by_recipe(networks: Iterable[Network]) -> list[list[Network]]:
    """Networks of one recipe each, the recipe with the most first."""
    recipes: dict[str, list[Network]] = {}
    for network in networks:
        recipes.setdefault(json.dumps(network.besides_layers, sort_keys=True), []).append(network)
    return sorted(recipes.values(), key=_count, reverse=True)


def _count(networks: Iterable[Network]) -> int:
    """Networks of different layers."""
    return len({network.layers for network in networks})


def _ambiguous(recipes: Sequence[Sequence[Network]]) -> str:
    """In what several recipes differ, and how to choose one."""
    values: dict[str, set[str]] = {}
    for networks in recipes:
        for key, value in networks[0].besides_layers.items():
            values.setdefault(key, set()).add(_text(value))
    differ = [f"{key} ({', '.join(sorted(found))})" for key, found in values.items() if len(found) > 1]
    experiments = sorted({run.experiment for networks in recipes for one in networks for run in one.training.runs})
    ways = f" --experiment {' or '.join(experiments)}, or with" if len(experiments) > 1 else ""
    return (
        f"the store holds {len(recipes)} recipes besides layers, which differ in {', '.join(differ)}: choose with"
        f"{ways} --where KEY=VALUE"
    )


def planned_layers(selected: Selected) -> frozenset[Layers]:
    """Layer counts of every network in the sweeps that these runs belong to.

    A sweep is found by the name of its experiment among the recipes; one that is not there, or whose recipe has been
    changed since the runs were made, adds nothing.
    """
    recipe = _besides_model(selected.networks[0].training.recipe)
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
    return _besides_model(planned.determining()) == recipe


def _besides_model(recipe: Mapping[str, Plain]) -> dict[str, Plain]:
    return {name: value for name, value in recipe.items() if name != "model"}


def _flat(table: Mapping[str, Plain], prefix: str = "") -> dict[str, Plain]:
    flat: dict[str, Plain] = {}
    for name, value in table.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value)
