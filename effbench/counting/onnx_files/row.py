"""A row for an ONNX file, in the table of ``effbench count``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from effbench.cost.convention import Convention, conventions
from effbench.counting.by_tool import CountRow
from effbench.counting.onnx_files.count import Found, count
from effbench.counting.onnx_files.inputs import Filled, fill
from effbench.counting.onnx_files.read import read
from effbench.errors import EffbenchError
from effbench.models.inputs import Input, Side

Counts = Callable[[Side | None, Sequence[Input], int], tuple[Filled, Found]]
"""Sides of the image, inputs, batch -> the inputs with every dimension, and what the file computes with them."""


def counts_of(path: Path) -> Counts:
    """What counts the file, which is read once.

    Raises:
        EffbenchError: the file is wrong; or, when it is counted, a dimension is open.
    """
    model = read(path)

    def counts(size: Side | None, inputs: Sequence[Input], batch: int) -> tuple[Filled, Found]:
        filled = fill(model.graph, path, size, inputs, batch)
        return filled, count(model, filled.types, path)

    return counts


def count_file(
    name: str, size: Side | None, convention: Convention, *, strict: bool, inputs: Sequence[Input], batch: int
) -> CountRow:
    """The operations of the file of that name, priced.

    Raises:
        EffbenchError: the file is wrong, a dimension is open, or the convention cannot be had of a file; with
            ``strict``, an operator has no price.
    """
    path = Path(name)
    if not convention.price:
        known = ", ".join(conventions())
        raise EffbenchError(f"convention {convention.name!r} prices calls of PyTorch; an ONNX file has none: {known}")
    filled, found = counts_of(path)(size, inputs, batch)
    uncounted = tuple(map(str, found.uncounted))
    if strict and uncounted:
        raise EffbenchError(f"{len(uncounted)} operators have no rule: {'; '.join(uncounted)[:160]}")
    if not found.named and (convention.include != ("*",) or convention.exclude):
        raise EffbenchError(f"convention {convention.name!r} is of some modules alone, and {path} names no modules")
    return CountRow(
        model=name,
        size=filled.size,
        batch=filled.batch,
        counter="onnx",
        device="-",
        convention=convention.name,
        value=int(convention.total(found.counts)),
        unit=convention.unit,
        params=int(found.counts.params),
        uncounted=uncounted,
        counts=found.counts,
        bits=found.bits,
    )
