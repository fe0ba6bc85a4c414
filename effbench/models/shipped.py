"""Networks as they were counted when this release was made: what can be said about them without PyTorch.

``shipped.csv.gz`` has a line for every distinct network of timm and every classifier of torchvision at its own image
size, at 224 pixels, and at the sizes for which timm publishes results. ``effbench atlas --ship`` makes it again.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from io import StringIO
from pathlib import Path

from effbench.cost.convention import Convention, conventions
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import MAC_KINDS
from effbench.cost.launches import TERMS
from effbench.errors import EffbenchError
from effbench.models.inputs import Side

TORCHVISION = "torchvision/"
"""What torchvision's names begin with."""
USUAL = 224
"""Image side that a table means where it states none and the network is not made for another."""
CLASSES = 1000
"""What tables count the classifier for: networks pre-trained on more classes are compared on ImageNet-1k."""

FILE = Path(__file__).with_name("shipped.csv.gz")
APART: Sequence[str] = ("head_param", "head_mac", "norm_param")
"""Parameters and multiply-accumulates of the classifier, and parameters of batch norms."""
COLUMNS: Sequence[str] = (
    "architecture",
    "height",
    "width",
    "channels",
    "classes",
    "tag",
    "family",
    "names",
    "parts",
    "uncounted",
    *APART,
)


_PLACE = {name: place for place, name in enumerate((*COLUMNS, *TERMS))}


@dataclass(frozen=True)
class Network:
    """One network at one image size.

    Attributes:
        row: its line of the file: the texts of COLUMNS, then of TERMS.
    """

    row: Sequence[str]

    def text(self, column: str) -> str:
        """What stands in a column."""
        return self.row[_PLACE[column]]

    @property
    def architecture(self) -> str:
        """timm's name without a tag, or torchvision's."""
        return self.text("architecture")

    @property
    def size(self) -> int:
        """Image side, pixels; the height where sides differ."""
        return int(self.text("height"))

    @property
    def is_square(self) -> bool:
        """Whether it sees colour images with equal sides, as ``--size`` and timm's results name them."""
        return self.text("height") == self.text("width") and self.text("channels") == "3"

    @property
    def family(self) -> str:
        """The module of timm that builds it, or ``torchvision``."""
        return self.text("family")

    @property
    def names(self) -> list[str]:
        """The names, timm's with tags, that build it at their own image size."""
        return self.text("names").split()

    @property
    def uncounted(self) -> tuple[str, ...]:
        """Operators without a price."""
        return tuple(self.text("uncounted").split())

    @property
    def counts(self) -> OpCounts:
        """Operations of one image; modules that no convention tells apart are one."""
        items: dict[tuple[str, str], int] = {}
        for part in self.text("parts").split("|"):
            path, *kinds = part.split(" ")
            for pair in kinds:
                kind, n = pair.split(":")
                items[path, kind] = int(n)
        return OpCounts(items)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image (convention ``macs``)."""
        return sum(self._kinds.get(kind, 0) for kind in MAC_KINDS)

    @property
    def params(self) -> int:
        """Parameters, the head included."""
        return self._kinds.get("param", 0)

    @cached_property
    def costs(self) -> Mapping[str, int]:
        """Convention -> cost of one image, with CLASSES classes at most."""
        return {name: cost for name, one in conventions().items() if (cost := self._cost(one)) is not None}

    def _cost(self, convention: Convention) -> int | None:
        """None under a convention whose scope is more than leaving out the head."""
        if convention.include != ("*",):
            return None
        total = sum(price * self._kinds.get(kind, 0) for kind, price in convention.price.items())
        left_out = int(self.text("head_mac")) if convention.exclude else self._above("head_mac")
        return total - convention.price.get("mac_linear", 0) * left_out

    @cached_property
    def scopes(self) -> Mapping[str, int]:
        """Way of counting -> parameters, with CLASSES classes at most."""
        head, norm = int(self.text("head_param")), int(self.text("norm_param"))
        every = self.params - self._above("head_param")
        scopes = {"all parameters": every, "without head": self.params - head}
        return scopes | ({"batch norm folded": every - norm} if norm else {})

    def _above(self, column: str) -> int:
        """What the classes above CLASSES add."""
        classes, every = int(self.text("classes")), int(self.text(column))
        return every - every * CLASSES // classes if classes > CLASSES else 0

    @cached_property
    def _kinds(self) -> Mapping[str, int]:
        """Kind -> how many, of all modules."""
        found: dict[str, int] = {}
        for pair in self.text("parts").replace("|", " ").split(" "):
            kind, colon, n = pair.partition(":")
            if colon:
                found[kind] = found.get(kind, 0) + int(n)
        return found

    @property
    def terms(self) -> dict[str, int]:
        """Terms of time (``cost.launches``)."""
        return {name: int(text) for name in TERMS if (text := self.text(name))}


@dataclass(frozen=True)
class Timeable:
    """What a prediction is made from.

    Attributes:
        model, size: what it is; size is the image side, pixels, or both. terms: of one image.
        network: the shipped one that it is; None of any other.
    """

    model: str
    size: Side
    terms: dict[str, int]
    network: Network | None = None


@dataclass(frozen=True)
class Shipped:
    """The file. Attributes: made_with: library -> version. networks: in the file's order."""

    made_with: Mapping[str, str]
    networks: tuple[Network, ...]

    def find(self, name: str, size: int | None = None) -> Network | None:
        """The network that timm builds for a name, at its own image size or another; None if it is not in the file."""
        own = _by_name().get(name)
        if own is None or size is None or (own.size, own.is_square) == (size, True):
            return own
        key = own.architecture, size, own.text("classes"), own.text("tag")
        return _by_size().get(key)

    @property
    def architectures(self) -> Mapping[str, Network]:
        """Name without tag -> the network at its own image size."""
        return _plain()


@cache
def shipped() -> Shipped:
    """What this release holds."""
    text = gzip.decompress(FILE.read_bytes()).decode()
    head, _, table = text.partition("\n")
    made_with = dict(pair.split(" ") for pair in head.removeprefix("# ").split(", "))
    rows = csv.reader(StringIO(table))
    if next(rows) != [*COLUMNS, *TERMS]:
        raise EffbenchError(f"{FILE.name} has other columns: make it again with effbench atlas --ship")
    return Shipped(made_with, tuple(map(Network, rows)))


@cache
def _by_name() -> dict[str, Network]:
    return {name: one for one in shipped().networks for name in one.names}


@cache
def _plain() -> dict[str, Network]:
    return {name: one for name, one in _by_name().items() if name == one.architecture}


@cache
def _by_size() -> dict[tuple[str, int, str, str], Network]:
    found: dict[tuple[str, int, str, str], Network] = {}
    for one in shipped().networks:
        if one.is_square:
            found.setdefault((one.architecture, one.size, one.text("classes"), one.text("tag")), one)
    return found


def mismatch() -> str:
    """A sentence if the installed timm is another than the one that was counted; empty if it is not."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("timm")
    except PackageNotFoundError:
        return ""
    ours = shipped().made_with["timm"]
    return "" if installed == ours else f"Counts of timm {ours}, shipped with effbench; timm {installed} is installed."
