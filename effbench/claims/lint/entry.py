"""A figure of a table beside our values of its network, and whether one prints as the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effbench.claims.lint.columns import Figure
from effbench.claims.lint.networks import Values
from effbench.stats.printed import Printed, rounds_to, truncates_to

USUAL = (
    "macs",
    "flops",
    "fvcore",
    "fvcore_fused_attention",
    "ptflops",
    "thop",
    "ci2p",
    "ci2p_fused_attention",
    "ravit",
)
"""Ways of counting, the likeliest first; what else there is, is tried after them."""

SCOPES = ("all parameters", "without head", "batch norm folded", "with unused")


@dataclass(frozen=True)
class Entry:
    """A figure of a row whose network is known.

    Attributes:
        row: as printed. value: as printed. options: our values at the sides that may be meant. side: of the row.
        other: the figure of the row's other quantity, if there is one.
    """

    row: str
    value: Figure
    options: tuple[Values, ...]
    side: int | None
    other: Figure | None = None

    def ours(self, quantity: str, way: str, side: int | None) -> int | None:
        """Our value at a side, counted in that way."""
        for one in self.options:
            if side is None or one.side == side:
                return (one.costs if quantity == "cost" else one.params).get(way)
        return None


def prints(value: int | None, figure: Printed) -> bool:
    """Whether the value gives the digits, rounded or cut off."""
    return value is not None and (rounds_to(value, figure) or truncates_to(value, figure))


def ways(quantity: str, entry: Entry) -> list[str]:
    """Every way of counting that is known for the entry, the likeliest first."""
    known = dict.fromkeys(way for one in entry.options for way in (one.costs if quantity == "cost" else one.params))
    usual = USUAL if quantity == "cost" else SCOPES
    return [way for way in usual if way in known]


def row_side(options: Sequence[Values], cost: Printed | None, params: Printed | None) -> int | None:
    """The side at which the row's cost holds, else its parameters, else the first that may be meant."""

    def evidence(one: Values) -> tuple[int, int]:
        return int(cost is not None and costs_hold(one, cost)), int(
            any(params is not None and prints(value, params) for value in one.params.values())
        )

    return max(options, key=evidence).side if options else None


def costs_hold(one: Values, cost: Printed) -> bool:
    """Whether a usual way of counting gives the cost at that side."""
    return any(prints(one.costs.get(way), cost) for way in USUAL)
