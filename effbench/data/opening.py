"""A part of a data set, opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from effbench.data import embedded
from effbench.data.listing import Pixels
from effbench.data.recipe import DataRecipe
from effbench.data.resident import Resident, sized
from effbench.data.source import Source
from effbench.data.splits import held_out
from effbench.errors import UnknownName

PARTS = ("train", "calibration", "test")
READERS: dict[str, Callable[[str], Pixels]] = {"digits": embedded.digits}


def open_part(data: DataRecipe, part: str, *, root: Path | None, device: str | torch.device, seed: int = 0) -> Source:
    """The images of a part.

    Args:
        part: train, calibration or test.
        root: folder of the data set.
        seed: of the run; the split into parts does not depend on it.

    Raises:
        EffbenchError: an unknown name, files that are missing or damaged.
    """
    if part not in PARTS:
        raise UnknownName("part of a data set", part, PARTS)
    if data.name not in READERS:
        raise UnknownName("data set", data.name, READERS)
    listed = READERS[data.name]("test" if part == "test" else "train")
    if part != "test":
        out = held_out(listed.labels, data.calibration, f"{data.name}: calibration")
        chosen = set(out)
        listed = listed.take(
            out if part == "calibration" else [i for i in range(len(listed.labels)) if i not in chosen]
        )
    pixels = torch.from_numpy(listed.images).permute(0, 3, 1, 2).contiguous()
    return Resident(sized(pixels, data).to(device), listed.labels, listed.classes, data)
