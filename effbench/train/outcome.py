"""What a training gave: metrics of every exit, and what it was made under. No torch; stored as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


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
class Outcome:
    """The end of one run.

    Attributes:
        key: ``Recipe.key`` of the recipe and seed. recipe: its ``determining`` part; name: the experiment's.
        status: ``done``, or ``failed`` with its reason (NaN loss, no memory); a failed run has no exits.
        exits: coarse to fine; one entry for a model without early exits; empty for the task compress.
        figures: other results by name, with the unit in it, e.g. ``loss``, ``bits_per_pixel``.
        program: ``separate``; ``compiled``, alone too but through ``torch.compile``; or ``ragged``: trained together
            with other cells in one program.
        steps: optimiser steps. seconds: of training, over all sessions. images_per_s: of training.
        conditions: ``environment.conditions``.
    """

    key: str
    name: str
    model: str
    seed: int
    recipe: Mapping[str, Any]
    status: Literal["done", "failed"]
    reason: str = ""
    exits: tuple[ExitMetrics, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    program: str = "separate"
    steps: int = 0
    seconds: float = 0.0
    images_per_s: float = 0.0
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def as_entry(self) -> dict[str, Any]:
        """Plain JSON values, as they stand in ``result.json`` and in a sweep's store."""
        return {"kind": "training", **dataclasses.asdict(self)}

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any]) -> Outcome:
        """The outcome that ``as_entry`` gave."""
        values = {key: value for key, value in entry.items() if key != "kind"}
        return cls(**{**values, "exits": tuple(ExitMetrics(**exit) for exit in values["exits"])})
