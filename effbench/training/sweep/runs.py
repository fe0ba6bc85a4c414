"""Trained networks in the stores of sweeps: one recipe with the runs of all its seeds, for maps, tables and figures.

The one reader for everything that compares trainings. It keeps only what they are compared by, so that a store of tens
of thousands of runs is read in a second. A sweep reads its own store with ``store``, which keeps every line.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files import journal
from effbench.render.plain import Plain
from effbench.training.loop.outcome import ExitMetrics
from effbench.training.sweep.store import FILE, stored


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """The end of one training.

    Attributes:
        key: what its result is stored under. seed: of the run. experiment: what it was made for.
        done: whether it finished. reason: why it failed; empty for one that finished.
        exits: coarse to fine, on the test images; empty for a failed run and for a codec.
        curve: (epoch, accuracy of the last exit from 0 to 1) wherever the test images were looked at.
        conditions: its machine, libraries and commit. file: its store.
    """

    key: str
    seed: int
    experiment: str
    done: bool
    reason: str
    exits: tuple[ExitMetrics, ...]
    curve: tuple[tuple[int, float], ...]
    conditions: Mapping[str, Plain]
    file: Path


@dataclass(frozen=True, kw_only=True)
class Training:
    """One recipe and every run of it.

    Attributes:
        model: registry name. dataset: name. size: image side, pixels. epochs: of a run; 0 if the recipe has none.
        recipe: everything that determines a result but the seed.
        runs: one per key, in the order of the stores.
        cell: place of the first of them in its sweep.
    """

    model: str
    dataset: str
    size: int
    epochs: float
    recipe: Mapping[str, Plain]
    cell: Mapping[str, Plain]
    runs: tuple[Run, ...] = ()

    @property
    def judged(self) -> list[Run]:
        """The runs that finished and have accuracies."""
        return [run for run in self.runs if run.done and run.exits]


def trainings(stores: Iterable[Path]) -> list[Training]:
    """Every recipe in these stores (files, or folders of sweeps), in the order of their first runs.

    A run that stands in several lines or stores counts once: the first line that is done, else the last that failed.

    Raises:
        EffbenchError: a store is missing or cannot be read, or a finished line is not a training.
    """
    found: dict[str, _Gathered] = {}
    for store in stores:
        for recipe, run, training in _lines(store):
            found.setdefault(recipe, _Gathered(training)).add(run, training)
    return [one.training() for one in found.values()]


class _Gathered:
    """The runs of one recipe so far, and what is kept of the first of them."""

    def __init__(self, training: Training) -> None:
        self.about = training
        self.runs: dict[str, Run] = {}

    def add(self, run: Run, training: Training) -> None:
        former = self.runs.get(run.key)
        if former is None or not former.done:
            self.runs[run.key] = run
            if run.key == next(iter(self.runs)):
                self.about = training

    def training(self) -> Training:
        return dataclasses.replace(self.about, runs=tuple(self.runs.values()))


def _lines(store: Path) -> Iterator[tuple[str, Run, Training]]:
    """Recipe as text with its keys in order, the run, and its recipe without runs; for every line of a store."""
    file = store / FILE if store.is_dir() else store
    if not file.is_file():
        raise EffbenchError(f"no store {store}")
    texts: dict[str, str] = {}  # a recipe as it was read -> the same with its keys in order
    for number, entry in journal.lines(file):
        line = stored(file, number, entry)
        outcome, recipe = line.outcome, line.outcome.recipe
        try:
            read = repr(recipe)
            if read not in texts:
                texts[read] = json.dumps(recipe, sort_keys=True)
            run = Run(
                key=outcome.key,
                seed=outcome.seed,
                experiment=sys.intern(line.experiment),
                done=outcome.status == "done",
                reason=outcome.reason,
                exits=outcome.exits,
                curve=tuple((epoch.number, epoch.accuracy[-1]) for epoch in outcome.curve),
                conditions=outcome.conditions,
                file=file,
            )
            training = Training(
                model=outcome.model,
                dataset=recipe["data"]["name"],
                size=int(recipe["data"]["size"]),
                epochs=float(recipe.get("training", {}).get("epochs", 0)),
                recipe=recipe,
                cell=line.cell,
            )
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise EffbenchError(f"{file}, line {number} is not a training of a sweep") from None
        yield texts[read], run, training
