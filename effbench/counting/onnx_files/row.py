"""A row for an ONNX file, in the table of ``effbench count``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from effbench.cost.convention import Convention, conventions
from effbench.counting.by_tool import CountRow
from effbench.counting.onnx_files.count import count
from effbench.counting.onnx_files.inputs import fill
from effbench.counting.onnx_files.read import read
from effbench.errors import EffbenchError
from effbench.models.inputs import Input, Side


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
    model = read(path)
    filled = fill(model.graph, path, size, inputs, batch)
    found = count(model, filled.types, path)
    if strict and found.uncounted:
        raise EffbenchError(f"{len(found.uncounted)} operators have no rule: {'; '.join(found.uncounted)[:160]}")
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
        uncounted=found.uncounted,
        counts=found.counts,
        bits=found.bits,
    )
