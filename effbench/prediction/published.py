"""timm's published throughput as data: model and image size -> setting -> batch and images per second.

Source: huggingface/pytorch-image-models, folder ``results``, commit aa4b5850 (Apache-2.0).
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from effbench.models.shipped import Network, shipped
from effbench.prediction.setting import Setting

FILE = Path(__file__).with_name("timm_speed.csv.gz")
SOURCE = "huggingface/pytorch-image-models, results, commit aa4b5850"


class Speed(NamedTuple):
    """What was published. Attributes: batch: images per step. rate: images per second."""

    batch: int
    rate: float


@dataclass(frozen=True)
class Published:
    """The table.

    Attributes:
        settings: in the order of their names.
        rows: (model, image side) -> setting's name -> speed.
    """

    settings: tuple[Setting, ...]
    rows: Mapping[tuple[str, int], Mapping[str, Speed]]

    def usual_batch(self, setting: Setting) -> int:
        """The batch that most models of the setting were timed with."""
        return _usual_batches()[setting.name]

    def uncounted(self) -> list[tuple[str, int]]:
        """Models and sizes that are published and not in the shipped list of counts."""
        return [key for key in self.rows if shipped().find(*key) is None]


@cache
def published() -> Published:
    """What this release holds."""
    text = gzip.decompress(FILE.read_bytes()).decode()
    _, _, table = text.partition("\n")
    rows = list(csv.reader(StringIO(table)))
    names = rows[0][2:]
    return Published(
        tuple(map(Setting, names)),
        {
            (model, int(size)): {name: _speed(cell) for name, cell in zip(names, cells, strict=True) if cell}
            for model, size, *cells in rows[1:]
        },
    )


def _speed(cell: str) -> Speed:
    batch, rate = cell.split(":")
    return Speed(int(batch), float(rate))


@cache
def _usual_batches() -> dict[str, int]:
    counted: dict[str, Counter[int]] = {one.name: Counter() for one in published().settings}
    for speeds in published().rows.values():
        for name, speed in speeds.items():
            counted[name][speed.batch] += 1
    return {name: counter.most_common(1)[0][0] for name, counter in counted.items()}


@cache
def _by_network() -> dict[int, Mapping[str, Speed]]:
    """Identity of a shipped network -> what was published of it; its plain name's row before that of a tag."""
    found: dict[int, Mapping[str, Speed]] = {}
    for (model, size), speeds in sorted(published().rows.items(), key=lambda item: "." in item[0][0]):
        network = shipped().find(model, size)
        if network is not None:
            found.setdefault(id(network), speeds)
    return found


def speeds_of(network: Network) -> Mapping[str, Speed]:
    """Setting's name -> what was published of a shipped network; empty if nothing was."""
    return _by_network().get(id(network), {})
