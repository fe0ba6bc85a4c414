"""Runs of a sweep's store that belong on one map: RAViTs on one data set that differ in their layer counts alone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, UnknownName
from effbench.maps.relayered import as_ravit
from effbench.models.registry import Model, resolve
from effbench.models.spec.ravit import RAViTSpec
from effbench.training.loop.outcome import Outcome
from effbench.training.sweep.store import Stored, read, results

LAYERS = "layers"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One line of a store.

    Attributes:
        outcome: of the training. experiment: what it was made for.
        model: its network, at the recipe's image side; of a plain ViT on the map, the RAViT it is.
    """

    outcome: Outcome
    experiment: str
    model: Model

    @property
    def spec(self) -> RAViTSpec:
        """Of a run on a map."""
        if not isinstance(self.model.spec, RAViTSpec):
            raise TypeError(f"{self.model.name} is no RAViT")
        return self.model.spec

    def besides_layers(self) -> dict[str, Any]:
        """Dotted name -> value of everything that determines the result but the layer counts and the seed."""
        shape = {f"model.{f.name}": str(getattr(self.spec, f.name)) for f in fields(self.spec) if f.name != LAYERS}
        recipe = {name: value for name, value in self.outcome.recipe.items() if name != "model"}
        base = self.model.name.partition(":")[0]
        return {"model.name": base, "model.branches": len(self.spec.layers), **shape, **_flat(recipe)}


@dataclass(frozen=True, kw_only=True)
class Selected:
    """Runs of one recipe but for layers and seeds.

    Attributes:
        runs: one per network and seed. plain: models among them that were trained as plain ViTs.
        others: models of the store that are no RAViT, and so not on the map.
        other_recipes: experiment -> networks of it that were trained by another recipe, and so are not on the map.
    """

    runs: tuple[Run, ...]
    plain: tuple[str, ...]
    others: tuple[str, ...]
    other_recipes: Mapping[str, int]


def read_runs(path: Path, dataset: str) -> list[Stored]:
    """Every training of the store on that data set: one line for each recipe and seed.

    Raises:
        EffbenchError: no such file, a line that is no training, or no training on that data set.
    """
    if not path.is_file():
        raise EffbenchError(
            f"no trained runs: there is no file {path}; make it with effbench sweep experiments/NAME.toml --out "
            f"{path.parent}, or name another with --store FILE"
        )
    found = list(results(read(path))[0].values())
    for line in found:
        if not {"name", "size"} <= set(line.outcome.recipe.get("data", ())):
            raise EffbenchError(f"{path}: run {line.outcome.key} does not say what it was trained on")
    on_it = [line for line in found if _dataset(line) == dataset]
    if not on_it:
        held = ", ".join(sorted(set(map(_dataset, found)))) or "no run at all"
        raise EffbenchError(f"{path} has no run on {dataset}; it has: {held}")
    return on_it


def select(
    found: Sequence[Stored],
    *,
    experiment: str | None = None,
    where: Mapping[str, str] | None = None,
) -> Selected:
    """The runs of one recipe: of several that are left, the one with the most networks.

    Args:
        experiment: only of that experiment. where: dotted recipe key -> the value it must have, as text.

    Raises:
        UnknownName: no such experiment or key. EffbenchError: no run is left, or two recipes have as many networks.
    """
    names = sorted({line.experiment for line in found})
    if experiment is not None and experiment not in names:
        raise UnknownName("experiment of this store", experiment, names)
    runs: list[Run] = []
    others: list[Run] = []
    for line in found:
        if experiment in (None, line.experiment):
            run = _run(line)
            (runs if isinstance(run.model.spec, RAViTSpec) else others).append(run)
    if not runs:
        told = sorted({run.outcome.model for run in others})
        raise EffbenchError(f"the map is of RAViTs, and the store has none; it has {', '.join(told)}")
    runs = _filtered(runs, where or {})
    runs, left = _largest(runs)
    plain = _plain(others, runs)
    mapped = {run.outcome.key for run in plain}
    return Selected(
        runs=(*runs, *plain),
        plain=tuple(sorted({run.outcome.model for run in plain})),
        others=tuple(sorted({run.outcome.model for run in others if run.outcome.key not in mapped})),
        other_recipes=left,
    )


def _run(line: Stored) -> Run:
    model = resolve(line.outcome.model).at_size(int(line.outcome.recipe["data"]["size"]))
    return Run(outcome=line.outcome, experiment=line.experiment, model=model)


def _plain(others: Iterable[Run], runs: Sequence[Run]) -> list[Run]:
    """Those that are plain ViTs of the runs' recipe and shape, as the RAViTs they are, unless these were trained."""
    recipe, known = runs[0].besides_layers(), {run.spec.layers for run in runs}
    found = []
    for run in others:
        model = as_ravit(run.model, runs[0].model)
        if model is not None:
            same = dataclasses.replace(run, model=model)
            if same.besides_layers() == recipe and same.spec.layers not in known:
                found.append(same)
    return found


def _dataset(line: Stored) -> str:
    return str(line.outcome.recipe["data"]["name"])


def _filtered(runs: list[Run], where: Mapping[str, str]) -> list[Run]:
    for key, wanted in where.items():
        known = runs[0].besides_layers()
        if key not in known:
            raise UnknownName("recipe key", key, known)
        values = {_text(run.besides_layers().get(key)) for run in runs}
        runs = [run for run in runs if _text(run.besides_layers().get(key)) == wanted]
        if not runs:
            raise EffbenchError(f"no run has {key}={wanted}; there is {', '.join(sorted(values))}")
    return runs


def _largest(runs: Iterable[Run]) -> tuple[list[Run], dict[str, int]]:
    """The runs of the recipe with the most networks; of the others, experiment -> number of networks.

    Raises:
        EffbenchError: two recipes have as many; it says how to choose.
    """
    recipes: dict[str, list[Run]] = {}
    for run in runs:
        recipes.setdefault(json.dumps(run.besides_layers(), sort_keys=True), []).append(run)
    first, *others = sorted(recipes.values(), key=_networks, reverse=True)
    if others and _networks(others[0]) == _networks(first):
        raise EffbenchError(_ambiguous([first, *others]))
    left: dict[str, int] = {}
    for group in others:
        left[group[0].experiment] = left.get(group[0].experiment, 0) + _networks(group)
    return first, left


def _networks(runs: Iterable[Run]) -> int:
    return len({run.spec.layers for run in runs})


def _ambiguous(recipes: Sequence[Sequence[Run]]) -> str:
    """In what several recipes differ, and how to choose one."""
    values: dict[str, set[str]] = {}
    for runs in recipes:
        for key, value in runs[0].besides_layers().items():
            values.setdefault(key, set()).add(_text(value))
    differ = [f"{key} ({', '.join(sorted(told))})" for key, told in values.items() if len(told) > 1]
    experiments = sorted({run.experiment for runs in recipes for run in runs})
    ways = f" --experiment {' or '.join(experiments)}, or with" if len(experiments) > 1 else ""
    return (
        f"the store holds {len(recipes)} recipes besides layers, which differ in {', '.join(differ)}: choose with"
        f"{ways} --where KEY=VALUE"
    )


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
