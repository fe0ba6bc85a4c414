"""What the columns of a table hold, by their heads and units, and figures and sizes as cells print them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from effbench.claims.lint.read import Table
from effbench.stats.printed import Printed, printed

Role = Literal["name", "size", "params", "cost", "accuracy", "derived", "other"]

COST = re.compile(r"(?<![a-z])([kmgt]?)(flops?|macs?|madds?|mult-?adds?|gmacs|mac)(?![a-z/])", re.IGNORECASE)
PARAMS = re.compile(r"param|#\s*p\b|weights\s*\(m", re.IGNORECASE)
ACCURACY = re.compile(r"top-?\s?[15]|acc|im-?1k|imagenet", re.IGNORECASE)
SIZE = re.compile(r"image\s*size|img[ _]?size|resolution|\bres\b\.?|input|\bsize\b|pixels?|\bpx\b", re.IGNORECASE)
DERIVED = re.compile(r"%|Δ|delta|speed-?\s?up|reduction|saving|ratio|\bx\b|×|relative|↓", re.IGNORECASE)
NAME = re.compile(r"model|method|network|arch|backbone|name|system|weight|keep|backbones?", re.IGNORECASE)
UNIT = re.compile(
    r"\(\s*(?:in\s*)?(?:10\s*\^?\s*)?([kmgtb69])[a-z]*\s*\)|\b([kmgt])(?:flops?|macs?)\b|\[\s*([kmgtb])\s*\]",
    re.IGNORECASE,
)
CELL = re.compile(r"(?P<digits>\d[\d,]*(?:\.\d+)?)\s*(?P<scale>[kKmMgGtTbB]?)(?![a-zA-Z]{3})(?P<rest>.*)")
SIDE = re.compile(r"(?<!\d)(\d{2,4})\s*(?:\^?2|²|px|p\b|\s*[x×]\s*\d{2,4})?", re.IGNORECASE)
SIDE_IN_NAME = re.compile(r"(?:[-_@↑\s(]|^)(\d{3})(?:px|\^2|²)?(?=$|[\s)_-])")

ODD_SIDES = (260, 300, 380, 456, 600)
"""Of EfficientNets."""

SCALES = {"k": "k", "m": "M", "g": "G", "t": "T", "b": "G", "6": "M", "9": "G"}


@dataclass(frozen=True)
class Column:
    """A column. Attributes: index; head: as printed; role; scale: of its unit, empty where the head has none."""

    index: int
    head: str
    role: Role
    scale: str


BINARY = {"Mi": Fraction(2**20, 10**6), "Gi": Fraction(2**30, 10**9)}
"""Scale of figures that were divided by 1024 at every step -> how much larger it is than the one that is printed."""


@dataclass(frozen=True)
class Figure:
    """A printed figure. Attributes: text: the cell; digits; scale: k, M, G or empty; percent: in the same cell."""

    text: str
    digits: str
    scale: str
    percent: str = ""

    def printed(self, scale: str = "") -> Printed:
        """In base units; ``scale``: of a figure that has none; ``Mi`` and ``Gi`` are 2^20 and 2^30, whatever it has."""
        unit = self.scale or scale.removesuffix("i")
        found, factor = printed(self.digits, unit), BINARY.get(f"{unit}i", Fraction(1))
        return Printed(found.text, found.value * factor, found.step * factor) if scale.endswith("i") else found


def columns(table: Table) -> list[Column]:
    """The columns of a table."""
    found = [Column(i, head, _role(head), _scale(head)) for i, head in enumerate(table.heads)]
    if not any(one.role == "name" for one in found) and found[0].role in ("other", "derived"):
        found[0] = Column(0, found[0].head, "name", "")
    return found


def _role(head: str) -> Role:
    has_quantity = bool(COST.search(head) or PARAMS.search(head))
    if DERIVED.search(head.replace("(%)", "")) and (has_quantity or not ACCURACY.search(head)):
        return "derived"
    if re.search(r"/s|latency|thro|fps|\bms\b|img/s|memory", head, re.IGNORECASE):
        return "other"
    if COST.search(head):
        return "cost"
    if PARAMS.search(head):
        return "params"
    if SIZE.search(head):
        return "size"
    if ACCURACY.search(head):
        return "accuracy"
    return "name" if NAME.search(head) else "other"


def _scale(head: str) -> str:
    found = UNIT.search(head)
    letter = next((part for part in found.groups() if part), "") if found else ""
    return SCALES.get(letter.lower(), "")


def figure(cell: str) -> Figure | None:
    """The first number of a cell; None without one."""
    found = CELL.match(cell.lstrip("~≈<>≤ +").removeprefix("-") if cell[:2] != "--" else "")
    if not found or not cell or cell.strip() in ("-", "–", "—"):
        return None
    rest, scale = found["rest"], found["scale"]
    percent = re.search(r"\(?\s*[-+]?(\d+(?:\.\d+)?)\s*%", rest)
    if not scale:
        unit = re.search(r"(?:^|\)|\s)\s*([kKMGTB])(?:FLOPs|MACs)?\s*$", rest)
        scale = unit[1] if unit else ""
    digits = (
        found["digits"].replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?|[\d.]+", found["digits"]) else ""
    )
    if not digits:
        return None
    return Figure(cell, digits, SCALES.get(scale.lower(), ""), percent[1] if percent else "")


def side(cell: str) -> int | None:
    """The image side in a cell of a size column; of a rectangle None, which no square network has."""
    found = re.findall(r"\d{2,4}", cell.replace("^2", "").replace("²", ""))
    sides = {int(one) for one in found if one != "2"}
    return sides.pop() if len(sides) == 1 else None


def side_in(text: str) -> int | None:
    """An image side in a row's name, or in a caption: ``384px``, ``@384``, ``224x224``, ``224 pixels``."""
    found = re.search(r"(?<!\d)(\d{3})\s*(?:[x×]\s*\1|px|pixels|\^2|²|p\b)", text) or re.search(
        r"(?:@|↑|[-_](?=\d{3}$))\s*(\d{3})(?!\d)", text
    )
    return int(found[1]) if found and _is_side(int(found[1])) else None


def _is_side(number: int) -> bool:
    """Whether networks take images of that side: 384 and 518, not the 152 of ResNet-152 or the 201 of DenseNet-201."""
    return 160 <= number <= 1024 and (number % 16 == 0 or number % 14 == 0 or number in ODD_SIDES)
