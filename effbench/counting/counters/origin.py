"""Where a tensor of PyTorch comes from: from an input or from weights alone, and through which products of matrices.

Every result of an operator that reads something made from an input carries an ``Origin``, as an attribute. A tensor
without one is a weight: a parameter, a buffer, a constant wherever it is kept, or what was made from such alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from effbench.counting.provenance import Origin

ATTRIBUTE = "_effbench_origin"


def origin(value: object) -> Origin | None:
    """Of a tensor; None of a weight, and of what is no tensor."""
    return getattr(value, ATTRIBUTE, None)


def origin_of_all(values: Any) -> Origin | None:
    """Of what is made from some arguments."""
    found: Origin | None = None
    for value in values:
        one = origin_of_all(value) if type(value) in (list, tuple) else getattr(value, ATTRIBUTE, None)
        if one is not None and one is not found:
            found = one if found is None else found.joined(one)
    return found


def mark(value: Any, made_from: Origin | None) -> None:
    """Give a tensor, or every tensor in a list, its origin; the tensor of which it is a view, too."""
    if isinstance(value, Tensor):
        setattr(value, ATTRIBUTE, made_from)
    elif isinstance(value, list | tuple):
        for one in value:
            mark(one, made_from)


def inner_tensors(value: Any, depth: int = 4) -> Iterator[Tensor]:
    """Tensors among the inputs of a network: in lists, dictionaries and objects that hold them."""
    if isinstance(value, Tensor):
        yield value
    elif depth and not isinstance(value, str | bytes | int | float | type(None)):
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple | set) else ()
        for one in (*inside, *getattr(value, "__dict__", {}).values()):
            yield from inner_tensors(one, depth - 1)
