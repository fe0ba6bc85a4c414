"""What operators read and write, beside what they compute: see ``cost.traffic`` for the model of memory.

A look-up in a table of embeddings reads the rows and, as a weight, the table.
"""

from __future__ import annotations

from typing import Any

from effbench.cost.counts import Key
from effbench.cost.kinds import MAC_KINDS
from effbench.counting.counters.counting import Counting
from effbench.counting.counters.launches import NO_WORK
from effbench.counting.counters.origin import origin
from effbench.counting.counters.rules import FREE, RULES, Counts, opaque_class, tensors
from effbench.counting.counters.table import fallback
from effbench.counting.provenance import Product

COPY = "copy"
"""Kind of an operator that moves elements and computes nothing."""


class Moving(Counting):
    """A count that also files elements read and written, weights apart.

    Attributes:
        moves: (path, kind, elements), in order. A product's kind is known in the end, when attention is told apart.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.moves: list[tuple[str, str | Product, int]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = super().__torch_dispatch__(func, types, args, kwargs)
        if (RULES.get(func) or fallback(func)) is FREE and not (types and opaque_class(types)) and _copies(func):
            self.moved([args, kwargs], out, {})
        return out

    def moved(self, args: Any, out: Any, counts: Counts) -> None:
        if self.muted or self.in_backward:
            return
        read = sum(t.numel() for t in tensors(args) if origin(t) is not None)
        written = next((t.numel() for t in tensors(out)), 0)
        kind = next((kind for kind in counts if kind in MAC_KINDS), next(iter(counts), COPY))
        self.moves.append((self.stack.path, self.running or kind, read + written))

    def by_kind(self) -> dict[Key, int]:
        """(path, kind) -> elements."""
        found: dict[Key, int] = {}
        for path, what, n in self.moves:
            key = path, what.kind if isinstance(what, Product) else what
            found[key] = found.get(key, 0) + n
        return found


def _copies(func: Any) -> bool:
    """Whether an operator that computes nothing moves elements: no view, and no empty or constant tensor."""
    name = str(getattr(func, "overloadpacket", func)).removeprefix("aten.")
    return not getattr(func, "is_view", False) and name not in NO_WORK
