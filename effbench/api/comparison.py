"""``effbench.compare``: networks side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from effbench.api.network_cost import NetworkCost
from effbench.errors import EffbenchError
from effbench.render.canvas import Picture, bars
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One network of a comparison. Attributes: ratio: its multiply-accumulates over those of the first; None over 0."""

    name: str
    macs: int
    flops: int
    params: int
    ratio: float | None
    device: str
    inputs: str
    uncounted: int


@dataclass(frozen=True)
class Comparison:
    """Costs under their names, compared with the first."""

    costs: Mapping[str, NetworkCost]

    def rows(self) -> list[Compared]:
        """One for each network, in the order in which they were given."""
        base = next(iter(self.costs.values())).macs
        return [
            Compared(
                name=name,
                macs=cost.macs,
                flops=cost.flops,
                params=cost.params,
                ratio=cost.macs / base if base else None,
                device=cost.device,
                inputs=cost.inputs,
                uncounted=len(cost.uncounted),
            )
            for name, cost in self.costs.items()
        ]

    def table(self, style: str = "table") -> str:
        """As text, in any format of the command line."""
        lacking = [
            f"{name}: no price: {one}" for name, cost in self.costs.items() for one in cost.uncounted
        ]  # fmt: skip
        notes = lacking or ["Every operator has a price or computes nothing."]
        return render(self.rows(), _COLUMNS, style, notes=notes)

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each network; ``frame.attrs["uncounted"]`` names what was not counted."""
        import pandas

        frame = pandas.DataFrame(self.rows()).set_index("name")
        frame.attrs["uncounted"] = {name: [str(one) for one in cost.uncounted] for name, cost in self.costs.items()}
        return frame

    def plot(self) -> Picture:
        """Multiply-accumulates of each network as bars.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        return bars("Multiply-accumulates", list(self.costs), [cost.macs for cost in self.costs.values()], "MACs")

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return self.table(style="html")


_COLUMNS: list[Column[Compared]] = [
    of("network", lambda row: row.name),
    of("MACs", lambda row: row.macs, "{:,}".format, right=True),
    of("ratio", lambda row: row.ratio, "{:.4f}".format, right=True),
    of("params", lambda row: row.params, "{:,}".format, right=True),
    of("inputs", lambda row: row.inputs),
    of("device", lambda row: row.device),
    of("without a price", lambda row: row.uncounted, right=True),
]


def compare(costs: Mapping[str, NetworkCost]) -> Comparison:
    """Costs side by side, each against the first.

    Raises:
        EffbenchError: there is nothing to compare.

        >>> import effbench as eb
        >>> from torch import nn, zeros
        >>> one, two = (eb.count(nn.Linear(8, width), zeros(1, 8)) for width in (4, 2))
        >>> both = eb.compare({"one": one, "two": two})
        >>> [(row.name, row.macs, row.ratio) for row in both.rows()]
        [('one', 32, 1.0), ('two', 16, 0.5)]
    """
    if not costs:
        raise EffbenchError('compare takes at least one cost: compare({"a": cost_a, "b": cost_b})')
    return Comparison(dict(costs))
