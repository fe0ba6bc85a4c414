"""What a process is asked to train, as one line of JSON, and what it answers. No torch."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from effbench.errors import EffbenchError, InUse
from effbench.files.toml import from_table
from effbench.models.plugins import allow, is_allowed
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.recipe import Recipe

Answer = dict[str, object]
"""The entry of an outcome (``Outcome.as_entry``); or ``error``, and whether the job may succeed ``again``."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A training.

    Attributes:
        folder: of the run.
        root: folder of the data sets. device: ``cpu`` or ``cuda``. threads: of the CPU, for one operator.
        code: whether the model may be a file of code.
    """

    recipe: Recipe
    seed: int
    folder: str = ""
    root: str | None = None
    device: str = "cpu"
    threads: int = 1
    code: bool = False

    @classmethod
    def of(cls, recipe: Recipe, seed: int, root: Path | None, device: str, folder: Path | None = None) -> Job:
        """The job for another process of this recipe, whose model is allowed there what it is here."""
        run, data = "" if folder is None else str(folder.resolve()), None if root is None else str(root.resolve())
        return cls(recipe=recipe, seed=seed, folder=run, root=data, device=device, code=is_allowed(recipe.model))

    def as_plain(self) -> dict[str, object]:
        """Plain JSON values."""
        return dict(json.loads(json.dumps(dataclasses.asdict(self))))

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Job:
        """The job that ``as_plain`` gave; its model may be a file of code if it says so.

        Raises:
            EffbenchError: a key that is none or is missing, a value that cannot be.
        """
        job = from_table(cls, document, "job", prefix="")
        job.recipe.validate()
        if job.code:
            allow(job.recipe.model)
        return job


def answer(document: Mapping[str, object], run: Callable[[Job], Outcome]) -> Answer:
    """What is said to a job that ``run`` does."""
    try:
        return run(Job.read(document)).as_entry()
    except EffbenchError as error:
        return {"error": str(error), "again": isinstance(error, InUse)}
