"""Which kinds of operation, counted beside multiply-accumulates, would give a figure that nothing gives."""

from __future__ import annotations

from itertools import combinations

from effbench.cost.convention import conventions
from effbench.counting.count import Count
from effbench.stats.printed import Printed, match

NORM_PRICES = (1, 2, 4, 5)
"""What tools ask for an element of a norm; of anything else it is 1."""


def missing(found: Count, figure: Printed) -> str:
    """Which one or two kinds of operation, counted beside MACs, would give the figure; empty where none do."""
    macs = int(conventions()["macs"].total(found.counts))
    kinds = {kind: int(n) for kind, n in found.counts.by_kind().items() if kind.endswith(("_elem", "_add")) and n}
    priced = [((kind, price), price * n) for kind, n in kinds.items() for price in _prices(kind)]
    singles = (((one,), n) for one, n in priced)
    pairs = (((one, two), n + m) for (one, n), (two, m) in combinations(priced, 2) if one[0] != two[0])
    for added, extra in (*singles, *pairs):
        if match(macs + extra, figure) in ("exact", "rounded"):
            return " and ".join(f"{price} per {kind}" for kind, price in added)
    return ""


def _prices(kind: str) -> tuple[int, ...]:
    return NORM_PRICES if "norm" in kind else (1,)
