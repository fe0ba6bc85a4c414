"""What a process is asked to train, as one line of JSON, and what it answers. No torch."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from effbench.errors import EffbenchError, InUse
from effbench.files.typed import typed
from effbench.models.plugins import allow, is_allowed
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.recipe import Recipe

Answer = list[dict[str, object]] | dict[str, object]
"""Entries of outcomes (``Outcome.as_entry``); or ``error``, and whether the job may succeed ``again``."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Trainings of one seed.

    Attributes:
        recipes: one; or several cells of a heatmap that are trained in one program.
        folders: of the runs, in the order of the recipes.
        root: folder of the data sets. device: ``cpu`` or ``cuda``. threads: of the CPU, for one operator.
        code: whether the models may be files of code. steps: optimiser steps of a training, None if nobody knows them.
    """

    recipes: tuple[Recipe, ...]
    seed: int
    folders: tuple[str, ...] = ()
    root: str | None = None
    device: str = "cpu"
    threads: int = 1
    code: bool = False
    steps: int | None = None

    @classmethod
    def of(
        cls,
        recipes: Iterable[Recipe],
        seed: int,
        root: Path | None,
        device: str,
        folders: Iterable[Path] = (),
        steps: int | None = None,
    ) -> Job:
        """The job for another process of these recipes, whose models are allowed there what they are here."""
        chosen, places = tuple(recipes), tuple(str(folder.resolve()) for folder in folders)
        code = any(is_allowed(recipe.model) for recipe in chosen)
        data = None if root is None else str(root.resolve())
        return cls(recipes=chosen, seed=seed, folders=places, root=data, device=device, code=code, steps=steps)

    def as_plain(self) -> dict[str, object]:
        """Plain JSON values."""
        return dict(json.loads(json.dumps(dataclasses.asdict(self))))

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Job:
        """The job that ``as_plain`` gave; its models may be files of code if it says so.

        Raises:
            EffbenchError: a key that is none or is missing, a value that cannot be.
        """
        job = typed(cls, document, "job", prefix="")
        for recipe in job.recipes:
            recipe.validate()
            if job.code:
                allow(recipe.model)
        return job


def answer(document: Mapping[str, object], run: Callable[[Job], Sequence[Outcome]]) -> Answer:
    """What is said to a job that ``run`` does."""
    try:
        return [outcome.as_entry() for outcome in run(Job.read(document))]
    except EffbenchError as error:
        return {"error": str(error), "again": isinstance(error, InUse)}
