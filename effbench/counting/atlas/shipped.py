"""Counts that come with the package: every architecture of timm and torchvision, for reading without PyTorch.

``benchmarks/ship_atlas.py`` makes the file. A row is a network at an image size: its own, or 224 pixels.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from effbench.cost.convention import Convention, conventions
from effbench.cost.kinds import KINDS, PARAM

CLASSES = 1000
"""What tables count the classifier for: networks pre-trained on more classes are compared on ImageNet-1k."""

FILE = Path(__file__).with_name("shipped.csv.gz")


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """One network at one image size.

    Attributes:
        model: timm's name, or ``torchvision/NAME``. height, width: of the image, pixels. is_own: timm's own size.
        kinds: kind -> how many, parameters among them. head_param, head_mac: of the classifier, which has as many
            outputs as the weights have classes; more than 1000 are taken for 1000.
        norm_param: parameters of batch norms. uncounted: operators without a price.
    """

    model: str
    height: int
    width: int
    is_own: bool
    kinds: Mapping[str, int]
    head_param: int
    head_mac: int
    norm_param: int
    uncounted: str

    def cost(self, convention: Convention) -> int | None:
        """Cost of one image; None under a convention whose scope is more than leaving out the head."""
        if convention.include != ("*",):
            return None
        total = sum(price * self.kinds.get(kind, 0) for kind, price in convention.price.items())
        return total - (convention.price.get("mac_linear", 0) * self.head_mac if convention.exclude else 0)

    def costs(self) -> dict[str, int]:
        """Convention -> cost, where it is known."""
        found = {name: self.cost(one) for name, one in conventions().items()}
        return {name: value for name, value in found.items() if value is not None}

    def params(self) -> dict[str, int]:
        """Scope -> parameters."""
        every = self.kinds.get(PARAM, 0)
        scopes = {"all parameters": every, "without head": every - self.head_param}
        return scopes | ({"batch norm folded": every - self.norm_param} if self.norm_param else {})


@cache
def shipped() -> Mapping[str, tuple[Shipped, ...]]:
    """Name -> its rows, the own size first."""
    found: dict[str, list[Shipped]] = {}
    for row in csv.DictReader(io.StringIO(gzip.decompress(FILE.read_bytes()).decode())):
        one = _row(row)
        found.setdefault(one.model, []).append(one)
    return {name: tuple(rows) for name, rows in found.items()}


def _row(row: Mapping[str, str]) -> Shipped:
    kinds = {kind: int(value) for kind, value in row.items() if kind in KINDS and value}
    head = {"head_param": int(row["head_param"]), "head_mac": int(row["head_mac"])}
    classes = int(row["classes"])
    if classes > CLASSES:
        smaller = {name: value * CLASSES // classes for name, value in head.items()}
        kinds[PARAM] -= head["head_param"] - smaller["head_param"]
        kinds["mac_linear"] = kinds.get("mac_linear", 0) - head["head_mac"] + smaller["head_mac"]
        head = smaller
    return Shipped(
        **head,
        model=row["model"],
        height=int(row["height"]),
        width=int(row["width"]),
        is_own=row["own"] == "1",
        kinds=kinds,
        norm_param=int(row["norm_param"]),
        uncounted=row["uncounted"],
    )
