"""Every RAViT layout within ranges of layers, branches and widths, priced at once.

All costs of a layout are sums over its branches: a part that a branch has because it is there, and one for each of its
layers. Two prices of every branch therefore give the cost of every layout exactly, as an outer sum in NumPy. Branches
are counted from the finest one, whose images do not depend on how many coarser ones there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from effbench.cost.convention import convention
from effbench.errors import SpecError, UnknownName
from effbench.models.registry import entries, resolve
from effbench.models.spec import MAX_LAYERS, require_range
from effbench.models.spec.ravit import MAX_BRANCHES, RAViTSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Layers = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Space:
    """Layouts to choose from.

    Attributes:
        family: registered name, e.g. ``ravit_cifar10``. layers: of every branch, from and to; branches: how many, from
            and to; widths: every one.
    """

    family: str
    layers: tuple[int, int]
    branches: tuple[int, int]
    widths: Sequence[int]

    @property
    def size(self) -> int:
        """How many layouts there are; those whose first branch has no layer are those of fewer branches."""
        counts = self.layers[1] - self.layers[0] + 1
        return len(self.widths) * sum(int(counts**n) for n in range(self.branches[0], self.branches[1] + 1))

    def name(self, layers: Layers, width: int) -> str:
        """The registered name of a layout."""
        return f"{self.family}:{'-'.join(map(str, layers))},width={width}"


def own_width(family: str) -> int:
    """The width of the family's networks as they are registered; errors as those of ``space``."""
    return _spec(family).width


def _spec(family: str) -> RAViTSpec:
    known = [entry.name for entry in entries().values() if isinstance(entry.spec, RAViTSpec)]
    if family not in known:
        raise UnknownName("RAViT", family, known)
    spec = entries()[family].spec
    assert isinstance(spec, RAViTSpec)  # noqa: S101 - it is known
    return spec


def space(family: str, layers: tuple[int, int], branches: tuple[int, int], width: tuple[int, int]) -> Space:
    """The layouts in these ranges; widths that the family's heads divide.

    Raises:
        UnknownName: no RAViT of that name. SpecError: a range that no layout is in.
    """
    base = _spec(family)
    for what, (low, high), least, most in (
        ("layers", layers, 0, MAX_LAYERS),
        ("branches", branches, 1, MAX_BRANCHES),
        ("width", width, base.num_heads, 65_536),
    ):
        require_range(f"the first number of {what}", low, least, most)
        require_range(f"the second number of {what}", high, max(low, least), most)
    widths = [n for n in range(width[0], width[1] + 1) if n % base.num_heads == 0]
    if not widths or layers[1] == 0:
        raise SpecError(
            f"no layout of {family} has such layers and widths: its {base.num_heads} heads divide the width"
        )
    resolve(f"{family}:{'-'.join(['1'] * branches[1])}")  # so many branches must be possible
    return Space(family=family, layers=layers, branches=branches, widths=widths)


@dataclass(frozen=True)
class Prices:
    """Of one cost at one width.

    Attributes:
        there, layer: of each branch, the finest first. handed: of every branch that is given a class token by a coarser
            one. once: of the network.
    """

    there: Sequence[float]
    layer: Sequence[float]
    handed: float = 0.0
    once: float = 0.0


Cost = Callable[[str], float]
"""Name of a layout -> its cost."""


def prices(within: Space, width: int, cost: Cost, once: float = 0.0) -> Prices:
    """From the layouts with one branch of one and of two layers, and one of two branches."""
    there, layer = [], []
    for place in range(within.branches[1]):
        one, two = (cost(within.name((n, *[0] * place), width)) for n in (1, 2))
        layer.append(two - one)
        there.append(one - layer[-1] - once)
    if within.branches[1] == 1:
        return Prices(there, layer, 0.0, once)
    both = cost(within.name((1, 1), width))
    return Prices(there, layer, both - sum(there[:2]) - sum(layer[:2]) - once, once)


def own(within: Space, of: Prices, place: int = 0) -> NDArray[np.float64]:
    """What a branch (0: the finest) costs with each layer count: never less with more layers."""
    import numpy as np

    counts = np.arange(within.layers[0], within.layers[1] + 1)
    return np.where(counts > 0, of.there[place] + of.handed + counts * of.layer[place], 0.0)


def coarse(within: Space, branches: int, of: Prices) -> NDArray[np.float64]:
    """The cost of all branches but the finest, flat: an entry for every choice of their layers."""
    import numpy as np

    total = np.full((1,) * (branches - 1), of.once - of.handed)
    for axis in range(branches - 1):
        shape = [-1 if i == axis else 1 for i in range(branches - 1)]
        total = total + own(within, of, branches - 1 - axis).reshape(shape)
    return total.ravel()


def grid(within: Space, branches: int, of: Prices) -> NDArray[np.float64]:
    """The cost of every layout with so many branches, flat: the finest branch varies fastest."""
    return (coarse(within, branches, of)[:, None] + own(within, of)[None]).ravel()


@dataclass(frozen=True)
class Limit:
    """A range that a cost must be in. Attributes: of: its prices. least, most: both allowed."""

    of: Prices
    least: float = 0.0
    most: float = float("inf")


def spans(within: Space, branches: int, limits: Sequence[Limit]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which layouts meet all limits: for every choice of coarse layers, the finest branch's that do.

    A cost grows with the finest branch, so two places in its sorted prices say it for all of its layer counts.

    Returns:
        First place and the place after the last, in the layer counts from the least on; equal where there is none.
    """
    import numpy as np

    counts = within.layers[1] - within.layers[0] + 1
    first, last = (np.full(counts ** (branches - 1), end, dtype=np.intp) for end in (0, counts))
    for one in limits:
        others, fine = coarse(within, branches, one.of), own(within, one.of)
        if one.least > 0:
            np.maximum(first, np.searchsorted(fine, one.least - others, side="left"), out=first)
        if np.isfinite(one.most):
            np.minimum(last, np.searchsorted(fine, one.most - others, side="right"), out=last)
    return first, np.maximum(first, last)


def layouts(within: Space, branches: int, chosen: NDArray[np.intp]) -> list[Layers]:
    """Layer counts of the layouts at these places of a flattened grid."""
    import numpy as np

    counts = within.layers[1] - within.layers[0] + 1
    places = np.unravel_index(chosen, (counts,) * branches)
    return [tuple(int(n) + within.layers[0] for n in one) for one in zip(*places, strict=True)]


@cache
def macs_of(name: str) -> int:
    """Multiply-accumulates of one image, by formula."""
    return int(convention("macs").total(resolve(name).cost()))


@cache
def params_of(name: str) -> int:
    """Parameters, by formula."""
    return int(resolve(name).cost().params)


def every(within: Space) -> Iterator[tuple[int, int]]:
    """(number of branches, width) of every grid."""
    return product(range(within.branches[0], within.branches[1] + 1), within.widths)
