"""timm's published benchmark results against our counts: what disagrees, and which convention explains it.

The files are ``results/benchmark-*.csv`` of timm: a line a model and image size, with ``param_count`` in millions,
``infer_gmacs`` (or ``train_gmacs``) in 10^9 and ``infer_macts`` in 10^6, rounded to two decimals.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from effbench.cost.convention import conventions
from effbench.cost.kinds import PARAM
from effbench.counting.atlas.gather import Wanted, current, is_known, wanted
from effbench.counting.atlas.worker import Facts
from effbench.errors import EffbenchError
from effbench.render.numbers import scaled
from effbench.stats.printed import Printed, match, printed

SIZES = ("infer_img_size", "train_img_size", "img_size")
QUANTITIES = {
    "params": (("param_count",), "M"),
    "macs": (("infer_gmacs", "gmacs", "train_gmacs"), "G"),
    "activations": (("infer_macts", "macts", "train_macts"), "M"),
}
"""Quantity -> the columns that may hold it, and its scale."""


@dataclass(frozen=True)
class Line:
    """One line of the file. Attributes: size: image side; figures: (quantity, as published with two decimals)."""

    model: str
    size: int
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class AgainstRow:
    """A published figure against our count; None and empty where the model could not be counted.

    Attributes:
        size: image side, pixels. quantity: one of QUANTITIES. published: with its scale.
        ours: counted in the plain way. ratio: ours over published. under: the way of counting that gives the figure.
        verdict: ``agrees``, ``explained``, ``disagrees`` or ``not counted``. reason: what comes nearest, or why.
    """

    model: str
    size: int
    quantity: str = ""
    published: str = ""
    ours: int | None = None
    ratio: float | None = None
    under: str | None = None
    verdict: str = "not counted"
    reason: str = ""


def read(path: Path) -> list[Line]:
    """The lines of the file that publish anything we count.

    Raises:
        EffbenchError: it cannot be read, has no column of models, sizes or quantities, or a value is no number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EffbenchError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    columns = list(table[0]) if table else []
    size = next((name for name in SIZES if name in columns), None)
    if "model" not in columns or size is None or not any(_column(q, columns) for q in QUANTITIES):
        raise EffbenchError(
            f"{path} is not a benchmark result of timm: it needs the columns model, infer_img_size and at least one of "
            f"param_count, infer_gmacs and infer_macts; it has {', '.join(columns) or 'none'}"
        )
    return [_line(path, number, row, size, columns) for number, row in enumerate(table, start=2)]


def _line(path: Path, number: int, row: Mapping[str, str], size: str, columns: Sequence[str]) -> Line:
    try:
        side = int(Decimal(row[size] or ""))
        figures = [
            (q, f"{Decimal(row[name].replace(',', '')):.2f}")
            for q in QUANTITIES
            if (name := _column(q, columns)) and row[name]
        ]
    except (InvalidOperation, TypeError, ValueError):
        raise EffbenchError(f"{path}, line {number}: an image size or a figure is not a number") from None
    return Line(str(row["model"]), side, tuple(figures))


def _column(quantity: str, columns: Sequence[str]) -> str | None:
    return next((name for name in QUANTITIES[quantity][0] if name in columns), None)


def published_models(paths: Iterable[Path]) -> list[tuple[str, int]]:
    """Models and image sides of these files that timm has, by the names it has for them now; errors as ``read``."""
    named = {(current(line.model), line.size) for path in paths for line in read(path)}
    return sorted((name, size) for name, size in named if is_known(name))


def networks(lines: Sequence[Line]) -> dict[Line, Wanted]:
    """What must be counted for the lines whose model timm has."""
    return {line: wanted(line.model, line.size) for line in lines if is_known(line.model)}


def compare(lines: Sequence[Line], models: Mapping[Line, Wanted], found: Mapping[str, Facts]) -> list[AgainstRow]:
    """A row a published figure, in the order of the file."""
    return [row for line in lines for row in _rows(line, found[models[line].key] if line in models else None)]


def _rows(line: Line, facts: Facts | None) -> list[AgainstRow]:
    if facts is None or facts.failed:
        reason = "timm has no such model" if facts is None else facts.failed
        return [AgainstRow(model=line.model, size=line.size, reason=reason)]
    return [_judged(line, quantity, digits, facts) for quantity, digits in line.figures]


def _judged(line: Line, quantity: str, digits: str, facts: Facts) -> AgainstRow:
    """Our plain value, and the way of counting under which the published figure holds, the plain one first."""
    scale = QUANTITIES[quantity][1]
    figure = printed(digits, scale)
    values = _values(quantity, facts)
    under = next((name for name, value in values.items() if match(value, figure) != "off"), None)
    plain = next(iter(values.values()))
    return AgainstRow(
        model=line.model,
        size=line.size,
        quantity=quantity,
        published=f"{digits} {scale}",
        ours=plain,
        ratio=_ratio(plain, figure),
        under=under,
        verdict="agrees" if under == next(iter(values)) else "explained" if under else "disagrees",
        reason="" if under else _nearest(values, figure),
    )


def _values(quantity: str, facts: Facts) -> dict[str, int]:
    """Way of counting -> value; the plain way first."""
    if quantity == "params":
        return {"all parameters": facts.kinds.get(PARAM, 0)}
    if quantity == "activations":
        return {"outputs of convolutions and matrix products": facts.activations}
    order = sorted(conventions(), key=lambda name: name != "macs")
    return {name: facts.totals[name] for name in order}


def _nearest(values: Mapping[str, int], figure: Printed) -> str:
    """What comes closest to a figure that nothing gives."""
    name, value = min(values.items(), key=lambda item: abs(item[1] - figure.value))
    return f"nearest: {scaled(value)} under {name}"


def _ratio(ours: int, figure: Printed) -> float | None:
    return round(float(ours / figure.value), 6) if figure.value else None
