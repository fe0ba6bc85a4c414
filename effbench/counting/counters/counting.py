"""Watching a network run from below autograd: every operator is priced and filed by path and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from effbench.cost.counts import Key
from effbench.counting.counters import table  # noqa: F401 - fills the rules
from effbench.counting.counters.paths import Stack
from effbench.counting.counters.rules import (
    BACKWARD_WITH_RECOMPUTATION,
    FREE,
    RULES,
    Call,
    Counts,
    Rule,
    elements,
    tensors,
)
from effbench.counting.counters.shortcuts import META
from effbench.errors import EffbenchError

PRODUCTS = ("mac_linear", "mac_qk", "mac_av")
"""Kinds of matrix products, which only what is around them tells apart."""


class Counting(TorchDispatchMode):
    """Sees every operator below autograd; implements rules.Context.

    Attributes:
        filed: pass -> (path, kind) -> how many.
        unknown: (operator, path, shapes) -> how often it ran without a price.
        operators: operator or function -> how often it ran in the forward pass.
        muted: nothing is filed while it is true.
    """

    supports_higher_order_operators = True

    def __init__(self, network: nn.Module, stack: Stack, *, shortcut: bool) -> None:
        super().__init__()
        self.stack = stack
        self.shortcut = shortcut
        self.muted = False
        self.in_backward = False
        self.filed: dict[str, dict[Key, int]] = {"forward": {}, "backward": {}, "recomputed": {}}
        self.unknown: dict[tuple[str, str, tuple[tuple[int, ...], ...]], int] = {}
        # Held by reference, so that an id stays one tensor's for the whole count.
        self.weights: dict[int, Any] = {id(t): t for t in (*network.parameters(), *network.buffers())}
        self.operators: Counter[Any] = Counter()
        self.softmax_path: str | None = None
        self.origins: dict[int, tuple[str, str]] = {}  # number of an autograd node -> (path, kind of product)

    # rules.Context

    def is_weight(self, value: object) -> bool:
        return id(value) in self.weights

    def mark_weight(self, value: object) -> None:
        for t in tensors(value):
            self.weights[id(t)] = t

    def product_kind(self, left: Tensor, right: Tensor) -> str:
        _, kind = self._origin()
        if kind:
            return kind
        if self.is_weight(left) or self.is_weight(right):
            return "mac_linear"
        softmax = self.softmax_path
        if softmax is not None and self.stack.path in (softmax, softmax.rpartition(".")[0]):  # also an nn.Softmax
            self.softmax_path = None
            return "mac_av"
        return "mac_qk"

    def saw_softmax(self) -> None:
        self.softmax_path = self.stack.path

    # TorchDispatchMode

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        rule = RULES.get(func) or _fallback(func)
        if rule is None and hasattr(func, "decompose"):
            with self:
                out = func.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        self.saw(func)
        out = self._shortened(func, args) if self.shortcut else None
        if out is None:
            out = func(*args, **kwargs)
        if rule is None:
            self._name(func, args)
        elif rule is not FREE or not self.shortcut or self._may_read_weights(args):
            self.file(rule(Call(func, args, kwargs, out, self)), func)
        return out

    def saw(self, func: Any) -> None:
        """An operator runs, whatever it costs."""
        if not (self.muted or self.in_backward):
            self.operators[func] += 1

    @staticmethod
    def _shortened(func: Any, args: Any) -> Any:
        """An empty result in place of a slow meta kernel, or None."""
        make = META.get(func)
        return make(args) if make is not None and args[0].device.type == "meta" else None

    def _may_read_weights(self, args: Any) -> bool:
        """Spares most views and copies their rule where time counts."""
        return bool(args) and (id(args[0]) in self.weights or isinstance(args[0], list | tuple))

    def file(self, counts: Counts, func: Any = None) -> None:
        """Add to the running pass."""
        backward = self.in_backward and not torch.is_grad_enabled()
        path = self._origin()[0] if backward else self.stack.path
        if torch.is_grad_enabled():
            self._remember(path, counts)
        if self.muted:
            return
        phase = "backward" if backward else "recomputed" if self.in_backward else "forward"
        _add(self.filed[phase], path, counts)
        if func in BACKWARD_WITH_RECOMPUTATION:
            _add(self.filed["recomputed"], path, {"mac_qk": counts["mac_qk"] // 2})

    def _remember(self, path: str, counts: Counts) -> None:
        """The autograd node of an operator is the latest one made; nodes without operator are never asked for."""
        kind = next((kind for kind in counts if kind in PRODUCTS), "")
        self.origins.setdefault(torch.autograd._get_sequence_nr() - 1, (path, kind))

    def _origin(self) -> tuple[str, str]:
        """Path and kind of product of the forward operator whose backward is running."""
        node = torch._C._current_autograd_node() if self.in_backward and not torch.is_grad_enabled() else None
        return ("", "") if node is None else self.origins.get(node._sequence_nr(), ("", ""))

    def _name(self, func: Any, args: Any) -> None:
        """An operator without a price."""
        shapes = tuple(tuple(t.shape) for t in tensors(args))
        path = self._origin()[0] or self.stack.path
        if not self.muted:
            self.unknown[str(func), path, shapes] = self.unknown.get((str(func), path, shapes), 0) + 1

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Nothing is filed inside."""
        before, self.muted = self.muted, True
        try:
            yield
        finally:
            self.muted = before

    def run_backward(self, outputs: Any) -> None:
        """The backward pass of every floating output, with gradients of one."""
        heads = [t for t in tensors(outputs) if t.requires_grad]
        if not heads:
            raise EffbenchError("nothing to run backward: no output depends on a parameter that is trained")
        with self.quiet():
            gradients = [torch.ones_like(t) for t in heads]
        self.in_backward = True
        with torch.no_grad():
            torch.autograd.backward(heads, gradients)


def _fallback(func: Any) -> Rule | None:
    """The rule of an operator the table lacks, kept for next time: views are free, pointwise ones elementwise."""
    rule: Rule | None = None
    if getattr(func, "is_view", False):
        rule = FREE
    elif torch.Tag.pointwise in getattr(func, "tags", ()) and _gives_one_tensor(func):
        rule = elements("other_elem")
    if rule is not None:
        RULES[func] = rule
    return rule


def _gives_one_tensor(func: Any) -> bool:
    return [str(value.type) for value in func._schema.returns] == ["Tensor"]


def _add(filed: dict[Key, int], path: str, counts: Counts) -> None:
    for kind, n in counts.items():
        filed[path, kind] = filed.get((path, kind), 0) + n
