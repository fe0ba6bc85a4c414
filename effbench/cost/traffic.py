"""Bytes that operations must move: what a roofline divides their FLOPs by.

The model: one operation runs after the other, each reads its inputs and weights from memory and writes its outputs
to it, once, and nothing stays in a cache between two of them. A bias is added while the output is written. Attention
is one operation that keeps its scores to itself: of a formula unless told otherwise, of a counted network where it is
one call. Inference only. Caches and fused operators move less; ``least_bytes`` is what no implementation can do
without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from effbench.cost.counts import Key, OpCounts
from effbench.cost.kinds import ATTENTION_KINDS, MAC_KINDS, PARAM
from effbench.cost.memory import BYTES
from effbench.cost.shape import Size
from effbench.errors import SpecError

ATTENTION = "attention"
"""Kind of an attention in one: both products and the softmax between them."""
SCORE_PASSES = 4
"""An attention that is not fused writes its scores, reads and writes them in the softmax, and reads the result."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one operation computes and moves.

    Attributes:
        path: its module. kind: one of ``cost.kinds``, or ATTENTION.
        macs: multiply-accumulates; 0 for pointwise operations, norms and pools.
        bytes: activations read and written, and weights read.
    """

    path: str
    kind: str
    macs: int
    bytes: int

    @property
    def flops(self) -> int:
        """Two per multiply-accumulate, nothing else counted (convention ``flops``)."""
        return 2 * self.macs


def traffic(counts: OpCounts, *, batch: int = 1, dtype: str = "fp32", fused_attention: bool = True) -> list[Work]:
    """The operations of ``batch`` images in execution order, equal kinds of one module in one.

    Raises:
        SpecError: the counts do not say what is moved: those of formulas do, and those that were asked for it.
    """
    if not counts.moved:
        raise SpecError("the bytes that operations move were not counted")
    whole = counts.batch(batch)
    macs = _merged({key: count for key, count in whole.items.items() if key[1] in MAC_KINDS})
    elements = _merged(whole.moved)
    if not fused_attention:
        for (path, kind), scores in whole.items.items():
            if kind == "softmax_elem":
                elements[path, ATTENTION] += SCORE_PASSES * int(scores)
    _read_weights(elements, macs, whole)
    return [
        Work(path=path, kind=kind, macs=macs.get((path, kind), 0), bytes=moved * BYTES[dtype])
        for (path, kind), moved in elements.items()
        if moved
    ]


def least_bytes(counts: OpCounts, ends: int, *, batch: int = 1, dtype: str = "fp32") -> int:
    """Weights once, and ``ends`` elements per image: the network's input and outputs. All else stays in a cache."""
    return (int(counts.params) + batch * ends) * BYTES[dtype]


def _merged(counts: Mapping[Key, Size]) -> dict[Key, int]:
    """The parts of an attention added up under ATTENTION."""
    totals: dict[Key, int] = {}
    for (path, kind), count in counts.items():
        key = path, ATTENTION if kind in (*ATTENTION_KINDS, "softmax_elem") else kind
        totals[key] = totals.get(key, 0) + int(count)
    return totals


def _read_weights(elements: dict[Key, int], macs: Mapping[Key, int], counts: OpCounts) -> None:
    """Parameters of a module are read by its first product, else by its first operation, else by themselves."""
    for (path, kind), params in counts.items.items():
        if kind == PARAM:
            own = [key for key in elements if key[0] == path]
            products = [key for key in own if key in macs]
            reader = next(iter([*products, *own]), (path, PARAM))
            elements[reader] = elements.get(reader, 0) + int(params)
