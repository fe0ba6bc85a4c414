"""What a training gave: metrics of every exit, and what it was made under. No torch; stored as JSON."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from effbench.errors import SpecError
from effbench.files.typed import typed
from effbench.training.loop.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class ExitMetrics:
    """One exit on the test images.

    Attributes:
        images: how many were judged. top1, top5: how many of them were right, as whole numbers.
        nll: mean cross-entropy, nats. ece: expected calibration error, 0 to 1 (15 bins of equal width).
    """

    images: int
    top1: int
    top5: int
    nll: float
    ece: float

    @property
    def accuracy(self) -> float:
        """Share of the images whose most probable class is the true one."""
        return self.top1 / self.images


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One epoch of the learning curve, after which the test images were looked at.

    Attributes:
        number: from 1. loss: mean training loss of the epoch, nats. accuracy: of every exit, coarse to fine, 0 to 1.
    """

    number: int
    loss: float
    accuracy: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The end of one run.

    Attributes:
        key: ``Recipe.key`` of the recipe and seed. recipe: its ``determining`` part; name: the experiment's.
        status: ``done``, or ``failed`` with its reason (NaN loss, no memory); a failed run has no exits.
        exits: coarse to fine; one entry for a model without early exits; empty for the task compress.
        curve: the epochs with a look at the test images (``training.evaluate_every``); empty for the task compress.
        figures: other results by name, with the unit in it, e.g. ``loss``, ``bits_per_pixel``.
        program: ``separate``, or ``compiled`` by ``torch.compile``; versions before 0.2 also wrote ``ragged``: trained
            together with other cells in one program.
        steps: optimiser steps. seconds: of training, over all sessions. images_per_s: of training.
        conditions: ``processes.environment.conditions``.
    """

    key: str
    name: str
    model: str
    seed: int
    recipe: Mapping[str, Any]
    status: Literal["done", "failed"]
    reason: str = ""
    exits: tuple[ExitMetrics, ...] = ()
    curve: tuple[Epoch, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    program: str = "separate"
    steps: int = 0
    seconds: float = 0.0
    images_per_s: float = 0.0
    conditions: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, recipe: Recipe, seed: int, status: Literal["done", "failed"], **end: Any) -> Outcome:
        """The outcome of a recipe and seed.

        Args:
            end: the fields that do not follow from these.
        """
        own: dict[str, Any] = {"key": recipe.key(seed), "recipe": recipe.determining()}
        return cls(name=recipe.name, model=recipe.model, seed=seed, status=status, **own, **end)

    def as_entry(self) -> dict[str, Any]:
        """Plain JSON values, as they stand in ``result.json`` and in a sweep's store."""
        return {"kind": "training", **dataclasses.asdict(self)}

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any]) -> Outcome:
        """The outcome that ``as_entry`` gave; those of versions before 0.2 have no curve.

        Raises:
            EffbenchError: a key, a type or a value that no outcome has.
        """
        found = typed(cls, {key: value for key, value in entry.items() if key != "kind"}, "the result", prefix="")
        for number, exit in enumerate(found.exits, start=1):
            right, ratio = max(exit.top1, exit.top5), exit.ece
            if not (exit.images > 0 and 0 <= min(exit.top1, exit.top5) <= right <= exit.images and 0 <= ratio <= 1):
                raise SpecError(f"exit {number} has figures that no exit can have: {exit}")
        for epoch in found.curve:
            if not all(0 <= share <= 1 for share in epoch.accuracy):
                raise SpecError(f"epoch {epoch.number} has an accuracy outside of 0 to 1: {epoch.accuracy}")
        return found


@dataclass(frozen=True, kw_only=True)
class Row:
    """One epoch of a training's log.

    Attributes:
        epoch: from 1. lr: learning rate of its last step.
        values: by name: ``loss``, ``accuracy_1`` and so on, ``seconds``; None where nothing was measured.
    """

    epoch: int
    lr: float
    values: Mapping[str, float | None]

    def as_line(self) -> dict[str, float | None]:
        """All values by name."""
        return {"epoch": self.epoch, "lr": self.lr, **self.values}

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Row:
        """The row in a checkpoint: values by name, which versions before 0.2 put into a list ``cells`` of one."""
        (found,) = entry.get("cells", [entry.get("values", entry)])
        values = {name: value for name, value in found.items() if name not in ("epoch", "lr")}
        return cls(epoch=entry["epoch"], lr=entry["lr"], values=values)


def curve_of(log: Sequence[Row]) -> tuple[Epoch, ...]:
    """The learning curve; epochs without a look at the test images are left out."""
    epochs = ((row.epoch, row.values["loss"], _accuracies(row.values)) for row in log)
    return tuple(Epoch(number=n, loss=loss or 0.0, accuracy=accuracy) for n, loss, accuracy in epochs if accuracy)


def _accuracies(row: Mapping[str, Any]) -> tuple[float, ...]:
    """Accuracies of all exits; empty if the epoch was not judged."""
    names = (f"accuracy_{exit}" for exit in itertools.count(1))
    values = [row[name] for name in itertools.takewhile(row.__contains__, names)]
    return () if None in values else tuple(values)
