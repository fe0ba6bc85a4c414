"""A set too large for memory: worker processes read, resize and augment its files, the device normalises batches.

What an image looks like depends on (seed, epoch, its position) alone, so not on the number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from effbench.processes.environment import available_cores
from effbench.training.data.augment import draw, normalise
from effbench.training.data.decode import augmented, plain, whole_ones
from effbench.training.data.listing import Broken, Files
from effbench.training.data.recipe import DataRecipe
from effbench.training.data.source import Batch, generator, part_of, steps

Read = tuple[int, Tensor | Broken]
"""Position of an image, and its pixels."""


class Streamed:
    """A part of a data set on disk.

    Args:
        files: of the part.
        data: how images are augmented and normalised, and by how many workers; no more than there are cores.
        device: where the batches go.
    """

    def __init__(self, files: Files, data: DataRecipe, device: torch.device) -> None:
        self.images, self.classes = len(files.labels), files.classes
        self._files, self._data, self._device = files, data, device
        self._labels = torch.tensor(files.labels, dtype=torch.int64)

    def epoch(
        self, *, seed: int, epoch: int, batch: int, start: int = 0, rank: int = 0, world: int = 1
    ) -> Iterator[Batch]:
        """Steps of a shuffled, augmented epoch (``source.Source``).

        Raises:
            EffbenchError: an image cannot be read: its file.
        """
        every = (ids for _, ids in steps(self.images, batch, seed=seed, epoch=epoch, start=start))
        mine = [ids[part_of(rank, world, len(ids))] for ids in every]
        return self._batches(mine, (seed, epoch))

    def in_order(self, batch: int) -> Iterator[Batch]:
        """Every image once, not augmented.

        Raises:
            EffbenchError: an image cannot be read: its file.
        """
        return self._batches(torch.arange(self.images).split(batch), None)

    def _batches(self, steps: Sequence[Tensor], keys: tuple[int, int] | None) -> Iterator[Batch]:
        loader: DataLoader[Read] = DataLoader(
            Images(self._files.paths, self._data, keys),
            batch_sampler=[ids.tolist() for ids in steps],
            num_workers=min(self._data.workers, available_cores(), len(steps)),
            collate_fn=list,
            generator=torch.Generator(),  # the loader's own draws leave the caller's random numbers alone
        )
        for found in loader:
            ids = torch.tensor([position for position, _ in found])
            pixels = torch.stack(whole_ones(pixels for _, pixels in found)).to(self._device, non_blocking=True)
            labels = self._labels[ids].to(self._device)
            yield Batch(normalise(pixels, self._data.normalise), labels, ids.to(self._device))


class Images(Dataset[Read]):
    """What a worker does.

    Args:
        keys: seed and epoch of the augmentation; None for images as they are judged.
    """

    def __init__(self, paths: Sequence[str], data: DataRecipe, keys: tuple[int, int] | None) -> None:
        self._paths, self._data, self._keys = paths, data, keys

    def __getitem__(self, position: int) -> Read:
        """The image at a position."""
        path = self._paths[position]
        if self._keys is None:
            return position, plain(path, self._data)
        return position, augmented(path, self._data, draw(1, generator(*self._keys, position)))
