"""What a tensor was made from, and which products of matrices turn out to be attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from effbench.cost.counts import Key


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


def product_of(left: Origin | None, right: Origin | None, *, layer: bool) -> Product:
    """What a product of two factors is, as far as is known by now; None is the origin of a weight.

    Args:
        layer: if the right factor is a weight, it is that of a layer, whatever follows.
    """
    weights = [one is None or not one.image for one in (left, right)]
    settled = layer and weights[1]
    weighing = [one for one in (left, right) if one is not None and one.weighs]
    if weighing and not settled:
        attend(weighing)
        return Product("mac_av")
    made = Product("mac_linear" if settled or weights[0] != weights[1] else "mac_matmul")
    made.settled = settled
    return made


def attend(origins: Sequence[Origin]) -> None:
    """The products whose softmax weights values now were those of queries and keys.

    One of weights and an input, such as that with a table of positions, is so only where there is no other.
    """
    found = [product for one in origins for product in one.products if product.kind != "mac_av"]
    between = [product for product in found if product.kind in ("mac_matmul", "mac_qk")]
    for product in between or found:
        product.refile("mac_qk")


PASSES, WEIGHS, MIXES, ENDS = "passes", "weighs", "mixes", "ends"
"""What an operator does to scores: leaves them scores, makes weights of them, mixes heads of them, makes other things.
"""


def through(how: str, made_from: Origin | None, running: Product | None, same: Callable[[], bool]) -> Origin | None:
    """What an operator that computes leaves of the products that its arguments hold.

    Args:
        how: one of the four. running: the product that the operator itself is.
        same: whether the scores that it reads have the shape of its result.
    """
    if running is None:
        if made_from is None or how == PASSES:
            return made_from
        if how == WEIGHS:
            return made_from.weighing()
        return made_from if how == MIXES and same() else made_from.plain()
    if made_from is not None and made_from.products and running.kind == "mac_linear":
        return made_from if same() else made_from.plain()  # heads of scores that a layer mixes are scores still
    return Origin(made_from is not None and made_from.image, () if running.settled else (running,))
