"""Other networks that a published figure may be of: another image size, no class token, another stride, no head.

A variant is tried where no way of counting gives the figure for the network itself. It is another network, and not
another count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from effbench.cost.convention import convention, conventions_of
from effbench.cost.counts import Key, OpCounts
from effbench.cost.kinds import PARAM
from effbench.counting.operations import operations
from effbench.errors import EffbenchError
from effbench.models.registry import entries

COUNTED = ("macs", "flops", "fvcore_written_attention", "fvcore")
"""How the cost of a variant is counted; those of single papers would fit too much."""

SIDES = (160, 192, 224, 240, 256, 288, 320, 384, 448, 512)
"""Image sides that papers use."""

HEAD = re.compile(r"(.*\.)?(head|heads|fc|classifier|head_dist|head_drop)(\..*)?")
FIRST_CONV = re.compile(r"(layer[234]\.0)\.(conv1|bn1)")
SIZE_SUFFIX = re.compile(r"_(\d{3})$")


@dataclass(frozen=True)
class Variant:
    """Another network. Attributes: said: how it differs; counts: its operations; size: image side, pixels."""

    said: str
    counts: OpCounts
    size: int

    def values(self, *, params: bool) -> dict[str, int]:
        """Way of counting -> parameters, or cost."""
        if params:
            return {"parameters": int(self.counts.params)}
        known = conventions_of(self.counts)
        return {name: int(known[name].total(self.counts)) for name in COUNTED if name in known}


def variants(name: str, size: int, counts: OpCounts, figure: Fraction) -> Iterator[Variant]:
    """Every variant of a network that can be counted here, likely ones first."""
    yield from _classes(name, size)
    yield from _parts(counts, size)
    yield from _sizes(name, size, counts, figure)


def _classes(name: str, size: int) -> Iterator[Variant]:
    """With the class token where there is none, and the other way round."""
    stem = SIZE_SUFFIX.sub("", name.removeprefix("timm/").partition(".")[0])
    other, said = (
        (stem.removesuffix("_gap"), "a class token") if stem.endswith("_gap") else (f"{stem}_gap", "no class token")
    )
    if other in entries():
        try:
            yield Variant(said, operations(other, size).counts, size)
        except EffbenchError:
            return


def _parts(counts: OpCounts, size: int) -> Iterator[Variant]:
    """Parts left out, or of another shape."""
    items = counts.items
    if any(path.startswith("head_dist") for path, _ in items):
        yield Variant("without one head", _without(counts, lambda path: path.startswith("head_dist")), size)
    if any(HEAD.fullmatch(path) for path, _ in items):
        yield Variant("without head", _without(counts, lambda path: HEAD.fullmatch(path) is not None), size)
    norms = {path for path, kind in items if kind == "batch_norm_elem"}
    if norms:
        folded = {key: n for key, n in items.items() if not (key[0] in norms and key[1] in (PARAM, "batch_norm_elem"))}
        yield Variant("batch norm folded into the convolutions", OpCounts(folded), size)
    if _is_bottleneck(items):
        yield Variant("stride in the first 1x1 convolution (ResNet v1)", OpCounts(_early_stride(items)), size)


def _without(counts: OpCounts, left_out) -> OpCounts:  # type: ignore[no-untyped-def]  # a predicate of paths
    return OpCounts({key: n for key, n in counts.items.items() if not left_out(key[0])})


def _is_bottleneck(items: Mapping[Key, object]) -> bool:
    """Whether its stages begin with three convolutions, the middle one with the stride."""
    return all((f"layer2.0.conv{i}", "mac_conv") in items for i in (1, 2, 3))


def _early_stride(items: Mapping[Key, object]) -> dict[Key, int]:
    """The first convolution of a stage sees every fourth pixel, as in the first layout of ResNet."""
    found = {}
    for (path, kind), n in items.items():
        early = FIRST_CONV.fullmatch(path) and kind != PARAM
        found[path, kind] = int(str(n)) // 4 if early else int(str(n))
    return found


def _sizes(name: str, size: int, counts: OpCounts, figure: Fraction) -> Iterator[Variant]:
    """At other image sides, of which only those are counted whose area fits the figure."""
    ratio = figure / int(convention("macs").total(counts) or 1)
    for side in SIDES:
        area = Fraction(side, size) ** 2
        fits = any(Fraction(1, 2) < area * price / ratio < Fraction(7, 5) for price in (1, 2))
        if side == size or not fits:
            continue
        try:
            yield Variant(f"at {side}²", operations(name, side).counts, side)
        except EffbenchError:
            continue  # a size it cannot have
