"""Small trainings: images in memory, and a recipe whose network takes milliseconds a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from effbench.training.loop.recipe import Recipe
from effbench.training.loop.recipe_file import changed, recipe_of

SIDE, CLASSES = 16, 3
IMAGES = {"train": 13, "calibration": 5, "test": 7}

TABLE = {
    "source": "a test",
    "model": f"ravit_cifar10:1-1,width=8,num_heads=2,num_classes={CLASSES}",
    "data": {"name": "digits", "size": SIDE, "batch": 4, "calibration": 0.25},
    "optimiser": {"lr": 1e-2},
    "schedule": {"warmup": 1},
    "training": {"epochs": 2},
}


class Noise:
    """A source as ``training.data.source`` asks for it: images at random, shifted at random in training."""

    def __init__(self, part: str, classes: int = CLASSES, side: int = SIDE) -> None:
        import torch

        draw = torch.Generator().manual_seed(IMAGES[part])
        self._images = torch.randn(IMAGES[part], 3, side, side, generator=draw)
        self._labels = torch.arange(IMAGES[part]) % classes
        self.images = IMAGES[part]
        self.classes = tuple("abcdefghijklmnopqrstuvwxyz"[:classes])

    def epoch(
        self, *, seed: int, epoch: int, batch: int, start: int = 0, rank: int = 0, world: int = 1
    ) -> Iterator[Any]:
        import torch

        from effbench.training.data.source import Batch, steps_of

        order = torch.randperm(self.images, generator=torch.Generator().manual_seed(1000 * seed + epoch))
        for step in range(start, steps_of(self.images, batch)):
            rows = order[step * batch : (step + 1) * batch]
            rows = rows[rank * len(rows) // world : (rank + 1) * len(rows) // world]
            shift = (7 * seed + 3 * epoch + step) % 5
            yield Batch(self._images[rows].roll(shift, dims=3), self._labels[rows], rows)

    def in_order(self, batch: int) -> Iterator[Any]:
        import torch

        from effbench.training.data.source import Batch

        for rows in torch.arange(self.images).split(batch):
            yield Batch(self._images[rows], self._labels[rows], rows)


def small(*changes: str) -> Recipe:
    """The recipe of TABLE with changes as the command line takes them."""
    return recipe_of(changed(TABLE, changes), "small")


@pytest.fixture
def recipe() -> Callable[..., Recipe]:
    """``recipe("training.epochs=3", …)``: see ``small``."""
    return small


@pytest.fixture
def noise(monkeypatch: pytest.MonkeyPatch) -> type[Noise]:
    """Every part of every data set is noise."""
    monkeypatch.setattr("effbench.training.loop.opening.open_part", lambda data, part, **named: Noise(part))
    return Noise


@pytest.fixture
def trained(noise: type[Noise], tmp_path: Path) -> Callable[..., Any]:
    """``trained("training.epochs=3", folder="a", seed=1)``: the outcome; the folder is in ``tmp_path``."""
    from effbench.training.loop.run import train

    def run(*changes: str, folder: str = "run", seed: int = 0, **named: Any) -> Any:
        return train(small(*changes), seed=seed, folder=tmp_path / folder, **named)

    return run
