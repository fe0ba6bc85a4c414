"""Where a tensor comes from: from an input or from weights alone, and through which products of matrices.

Every result of an operator that reads something made from an input carries an ``Origin``, as an attribute. A tensor
without one is a weight: a parameter, a buffer, a constant wherever it is kept, or what was made from such alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from effbench.cost.counts import Key

ATTRIBUTE = "_effbench_origin"


class Product:
    """One product of matrices that may turn out to be attention.

    Attributes:
        kind: what it is filed as. filed: the table it is filed in, at ``path``; None if it is in none.
        macs: multiply-accumulates.
        settled: it is a layer's, whatever follows.
    """

    __slots__ = ("filed", "kind", "macs", "path", "settled")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.filed: dict[Key, int] | None = None
        self.path = ""
        self.macs = 0
        self.settled = False

    def refile(self, kind: str) -> None:
        """File it as another kind."""
        if self.filed is not None:
            self.filed[self.path, self.kind] -= self.macs
            self.filed[self.path, kind] = self.filed.get((self.path, kind), 0) + self.macs
        self.kind = kind


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """What a tensor was made from.

    Attributes:
        image: an input, not weights alone.
        products: products of matrices that it is the outcome of, through views and pointwise operations alone.
        weighs: a softmax went over them: the next product weights values by them.
    """

    image: bool = True
    products: tuple[Product, ...] = ()
    weighs: bool = False

    def joined(self, other: Origin) -> Origin:
        """Of a result that reads tensors of both."""
        if not other.products:
            return self if self.image or not other.image else Origin(True, self.products, self.weighs)
        if not self.products:
            return other.joined(self)
        return Origin(
            self.image or other.image,
            tuple(dict.fromkeys((*self.products, *other.products)))[-MOST:],
            self.weighs or other.weighs,
        )

    def weighing(self) -> Origin:
        """After a softmax."""
        return Origin(self.image, self.products, True) if self.products else self

    def plain(self) -> Origin | None:
        """Of a result that no longer holds the products."""
        return IMAGE if self.image else None


MOST = 8
"""Products that one origin remembers, the latest: those of a sum of scores, not of a whole network."""

IMAGE = Origin()


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
