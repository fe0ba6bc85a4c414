"""What a network costs, as an object to ask: totals, parts, tables, and what was not counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import KINDS, PARAM
from effbench.counting.uncounted import Uncounted
from effbench.errors import EffbenchError, UnknownName
from effbench.render.canvas import Picture, bars
from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    import pandas

PARTS = ("module", "kind", "uncounted")
"""What a frame can have a row for."""


@dataclass(frozen=True, kw_only=True)
class Unpriced:
    """An operator that ran and has no price: what it costs is in no total.

    Attributes:
        name: of the operator, as PyTorch calls it. module: path of the module in which it ran, empty for the network.
        shapes: of its tensors, None where an ONNX file does not say one. calls: how often it ran like this.
    """

    name: str
    module: str
    shapes: tuple[tuple[int, ...] | None, ...]
    calls: int

    def __str__(self) -> str:
        return str(Uncounted(self.name, self.module, self.shapes, self.calls))


@dataclass(frozen=True, kw_only=True)
class Part:
    """One module and all below it: its multiply-accumulates, their share of the whole (0 to 1), and its parameters."""

    module: str
    macs: int
    flops: int
    share: float
    params: int


@dataclass(frozen=True, kw_only=True, repr=False)
class NetworkCost:
    """What one pass of a network does, in whole numbers.

    Attributes:
        name: of the network. inputs: shapes it was called with. step: ``forward``, ``backward`` or ``recomputed``.
        device: where the operators were seen; ``meta`` where nothing had values, ``-`` of a file.
        params: parameters, frozen ones included; shared ones once.
        counts: operations by module path and kind.
        uncounted: operators without a price, in any pass.
        backward: the backward pass; None if it was not asked for. recomputed: forward work that it does again.
    """

    name: str
    inputs: str
    device: str
    params: int
    counts: OpCounts
    uncounted: tuple[Unpriced, ...] = ()
    step: str = "forward"
    backward: NetworkCost | None = None
    recomputed: NetworkCost | None = None

    @property
    def macs(self) -> int:
        """Multiply-accumulates of linear layers, convolutions and attention products."""
        return self.under("macs")

    @property
    def flops(self) -> int:
        """Floating-point operations: two a multiply-accumulate, nothing else."""
        return self.under("flops")

    @property
    def complete(self) -> bool:
        """Whether every operator has a price or computes nothing: no total leaves anything out."""
        return not self.uncounted

    def under(self, name: str) -> int:
        """The total under a convention (``effbench.conventions()``), in its unit.

        Raises:
            UnknownName: there is no such convention.
        """
        return int(convention(name).total(self.counts))

    def by_kind(self) -> dict[str, int]:
        """Kind of operation -> how many; parameters are none."""
        found = self.counts.by_kind()
        return {kind: int(found[kind]) for kind in KINDS if found.get(kind) and kind != PARAM}

    def by_module(self, depth: int | None = 2, under: str = "macs") -> dict[str, int]:
        """Module path, cut to ``depth`` names, -> its cost under a convention; the values add up to ``under(...)``.

        Args:
            depth: names of a path to keep; None for all. The network itself has the empty path.
        """
        require_depth(depth)
        prices = convention(under)
        parts = prices.in_scope(self.counts).by_module(depth).items()
        return {path: value for path, part in parts if (value := int(prices.total(part)))}

    def parts(self, depth: int | None = 2) -> list[Part]:
        """A row for each module with a cost or parameters, in the order of the run."""
        require_depth(depth)
        macs, flops, found = convention("macs"), convention("flops"), []
        for path, part in self.counts.by_module(depth).items():
            value, params = int(macs.total(part)), int(part.params)
            if value or params:
                share = value / self.macs if self.macs else 0.0
                row = Part(module=path, macs=value, flops=int(flops.total(part)), share=share, params=params)
                found.append(row)
        return found

    def table(self, depth: int | None = 2, style: str = "table") -> str:
        """A table of the modules as text, in any format of the command line (``markdown``, ``latex``, ``csv``, …)."""
        rows = self.parts(depth)
        return render(rows, _COLUMNS, style, title=self._title(), notes=self.notes())

    def to_pandas(self, by: str = "module", depth: int | None = 2) -> pandas.DataFrame:
        """A frame with a row for each ``module``, ``kind`` of operation, or ``uncounted`` operator.

        ``frame.attrs`` says what was counted, where, and which operators were not.
        """
        import pandas

        if by not in PARTS:
            raise UnknownName("part of a cost", by, PARTS)
        rows: Mapping[str, Sequence[object]] = {
            "module": self.parts(depth),
            "kind": [{"kind": kind, "count": n} for kind, n in self.by_kind().items()],
            "uncounted": self.uncounted,
        }
        frame = pandas.DataFrame(list(rows[by]))
        said = [str(one) for one in self.uncounted]
        frame.attrs |= {"network": self.name, "inputs": self.inputs, "device": self.device, "uncounted": said}
        return frame

    def notes(self) -> list[str]:
        """Where it was counted, and every operator that was not."""
        where = {"meta": "on the meta device, without values", "-": "from the shapes of a file"}
        seen = f"Counted {where.get(self.device, f'on {self.device}')}."
        if self.complete:
            return [f"{seen} Every operator has a price or computes nothing."]
        return [seen, *(f"no price: {one}" for one in self.uncounted)]

    def _title(self) -> str:
        totals = f"{scaled(self.macs)} MACs, {scaled(self.params)} parameters"
        return f"{self.name} on {self.inputs}, {self.step} pass: {totals}"

    def plot(self, depth: int | None = 1) -> Picture:
        """Multiply-accumulates of each module as bars.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        found = self.by_module(depth)
        return bars(self._title(), [path or "(model)" for path in found], list(found.values()), "MACs")

    def __repr__(self) -> str:
        lacking = "" if self.complete else f", {len(self.uncounted)} operators without a price"
        return f"<{self._title()}, on {self.device}{lacking}>"

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return self.table(style="html")


_COLUMNS: list[Column[Part]] = [
    of("module", lambda row: row.module or "(model)"),
    of("MACs", lambda row: row.macs, "{:,}".format, right=True),
    of("share", lambda row: f"{fixed(100 * row.share, 2)} %", right=True),
    of("params", lambda row: row.params, "{:,}".format, right=True),
]


def require_depth(depth: int | None) -> None:
    """Raise EffbenchError unless ``depth`` names of a path can be kept."""
    if depth is not None and depth < 1:
        raise EffbenchError(f"depth must be 1 or more, or None, got {depth}")
