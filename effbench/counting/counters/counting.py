"""Watching a network run from below autograd: every operator is priced and filed by path and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

import torch
from torch import Tensor, nn
from torch._ops import HigherOrderOperator
from torch.utils._python_dispatch import TorchDispatchMode

from effbench.cost.counts import Key
from effbench.cost.kinds import MAC_KINDS
from effbench.counting.counters.attention import through
from effbench.counting.counters.calls import Calls
from effbench.counting.counters.origin import mark, origin, origin_of_all
from effbench.counting.counters.paths import Stack
from effbench.counting.counters.products import BACKWARD_WITH_RECOMPUTATION, flexible
from effbench.counting.counters.rules import (
    FREE,
    RULES,
    Call,
    Counts,
    NotCounted,
    Rule,
    constant,
    opaque_class,
    random,
    tensors,
)
from effbench.counting.counters.shortcuts import META, flexible_result
from effbench.counting.counters.table import fallback
from effbench.counting.provenance import IMAGE, Origin, Product, product_of
from effbench.errors import EffbenchError

PRODUCTS = ("mac_linear", "mac_matmul", "mac_qk", "mac_av")
"""Kinds of matrix products, which only what is around them tells apart."""


class Counting(TorchDispatchMode):
    """Sees every operator below autograd; implements rules.Context.

    Attributes:
        filed: pass -> (path, kind) -> how many.
        unknown: (operator, path, shapes) -> how often it ran without a price.
        operators: operator or function -> how often it ran in the forward pass.
        muted: nothing is filed while it is true.
        seen: calls that were priced. calls: those that tools see, if they are asked for.
    """

    supports_higher_order_operators = True

    def __init__(self, network: nn.Module, stack: Stack, *, shortcut: bool, calls: Calls | None = None) -> None:
        super().__init__()
        self.stack = stack
        self.shortcut = shortcut
        self.muted = False
        self.calls = calls
        self.seen = 0
        self.in_backward = False
        self.filed: dict[str, dict[Key, int]] = {"forward": {}, "backward": {}, "recomputed": {}}
        self.unknown: dict[tuple[str, str, tuple[tuple[int, ...], ...]], int] = {}
        self.operators: Counter[Any] = Counter()
        self.in_linear = False  # inside a linear layer's own function
        self.running: Product | None = None  # the product of the operator that runs
        self.written: list[ref[Tensor]] = []  # weights that were made from inputs in place
        self.origins: dict[int, tuple[str, Product | None]] = {}  # number of an autograd node -> (path, product)

    # rules.Context

    def is_weight(self, value: object) -> bool:
        if not isinstance(value, Tensor):
            return False
        found = origin(value)
        return found is None or not found.image

    def product_kind(self, left: Tensor, right: Tensor) -> str:
        before = self._origin()[1]
        if before is not None:
            return before.kind
        self.running = product_of(origin(left), origin(right), layer=self.in_linear)
        return self.running.kind

    # TorchDispatchMode

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if types and (opaque := opaque_class(types)) is not None:
            return self._inside(opaque, func, types, args, kwargs)
        rule = RULES.get(func) or fallback(func)
        if rule is None and hasattr(func, "decompose"):
            with self:
                out = func.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        self.saw(func)
        out = self._shortened(func, args) if self.shortcut or rule is flexible else None
        if out is None:
            out = func(*args, **kwargs)
        if rule is None:
            self.name(func, args)
        elif rule is not FREE:
            self._price(rule, Call(func, args, kwargs, out, self))
        elif torch.is_grad_enabled():
            self._remember(self.stack.path, {})
        self._follow(rule, args, kwargs, out)
        return out

    def _price(self, rule: Rule, call: Call) -> None:
        self.running = None
        try:
            counts = rule(call)
        except NotCounted:
            self.name(call.op, call.args)
        else:
            self.file(counts, call.op)
            if rule is not constant:
                self.moved([call.args, call.kwargs], call.out, counts)

    def moved(self, args: Any, out: Any, counts: Counts) -> None:
        """A call that was priced read these and wrote that."""

    def _follow(self, rule: Rule | None, args: Any, kwargs: Any, out: Any) -> None:
        """Say of the result what it was made from."""
        if rule is FREE and args and origin(args[0]) is IMAGE and not isinstance(args[-1], Tensor):
            mark(out, IMAGE)  # most views
            return
        if rule is constant or rule is random:
            if not isinstance(out, nn.Parameter):  # filled by its initialisation, in a lazy module
                like = args and isinstance(args[0], Tensor) and origin(args[0]) is not None  # as many as images
                mark(out, IMAGE if like or rule is random else None)
            return
        made_from = origin_of_all((*args, *kwargs.values()) if kwargs else args)
        if made_from is None and self.running is None:
            return
        if rule is not FREE and (made_from is not IMAGE or self.running is not None):
            made_from = through(rule, args, made_from, out, self.running)
        if made_from is not None and args and out is args[0] and origin(out) is None:
            self._written(out, made_from)
        mark(out, made_from)
        self.running = None

    def _written(self, value: Tensor, made_from: Origin) -> None:
        """A weight, or a part of one, is overwritten by what an input made."""
        for one in (value, value._base if value._is_view() else None):
            if one is not None:
                self.is_of_image(one, made_from)

    def is_of_image(self, value: Tensor, made_from: Origin = IMAGE) -> None:
        """A weight until now holds what an input made, for the time of the count."""
        mark(value, made_from)
        self.written.append(ref(value))

    def _inside(self, opaque: Any, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """A tensor of another class runs an operator by others, which are seen; one that shows none is named."""
        before = self.seen
        with self:
            out = opaque.__torch_dispatch__(func, types, args, kwargs)
        rule = RULES.get(func) or fallback(func)
        if self.seen == before and rule is not FREE and rule is not constant:
            self.name(func, args)
        mark(out, origin_of_all((*args, *kwargs.values())))
        return out

    def saw(self, func: Any) -> None:
        """An operator runs, whatever it costs."""
        if not (self.muted or self.in_backward):
            self.operators[func] += 1

    @staticmethod
    def _shortened(func: Any, args: Any) -> Any:
        """An empty result in place of a slow meta kernel, or None."""
        make = META.get(func) or (flexible_result if isinstance(func, HigherOrderOperator) else None)
        return make(args) if make is not None and args[0].device.type == "meta" else None

    def file(self, counts: Counts, func: Any = None) -> None:
        """Add to the running pass."""
        self.seen += 1
        if self.calls is not None and func is not None and not self.in_backward and not self.muted:
            self._call(func, counts)
        backward = self.in_backward and not torch.is_grad_enabled()
        path = self._origin()[0] if backward else self.stack.path
        if torch.is_grad_enabled():
            self._remember(path, counts)
        if self.muted:
            return
        phase = "backward" if backward else "recomputed" if self.in_backward else "forward"
        filed = self.filed[phase]
        _add(filed, path, counts)
        if self.running is not None:
            self.running.filed, self.running.path = filed, path
            self.running.macs = counts.get(self.running.kind, 0)
        if func in BACKWARD_WITH_RECOMPUTATION:
            _add(self.filed["recomputed"], path, {"mac_qk": counts["mac_qk"] // 2})

    def _call(self, func: Any, counts: Counts) -> None:
        """A product below autograd, as tools that look there see it."""
        macs = sum(n for kind, n in counts.items() if kind in MAC_KINDS)
        if macs and self.calls is not None and hasattr(func, "overloadpacket"):
            more = counts.get("bias_add", 0) + counts.get("residual_add", 0)
            measured = {"": macs, ".bias": more} if more else {"": macs}
            self.calls.add(self.stack.path, str(func.overloadpacket), measured)

    def _remember(self, path: str, counts: Counts) -> None:
        """The autograd node of an operator is the latest one made; nodes without operator are never asked for."""
        product = self.running or next((Product(kind) for kind in counts if kind in PRODUCTS), None)
        self.origins.setdefault(torch.autograd._get_sequence_nr() - 1, (path, product))

    def _origin(self) -> tuple[str, Product | None]:
        """Path and product of the forward operator whose backward is running."""
        node = torch._C._current_autograd_node() if self.in_backward and not torch.is_grad_enabled() else None
        return ("", None) if node is None else self.origins.get(node._sequence_nr(), ("", None))

    def name(self, func: Any, args: Any) -> None:
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
        mark(gradients, IMAGE)
        self.in_backward = True
        with torch.no_grad():
            torch.autograd.backward(heads, gradients)


def _add(filed: dict[Key, int], path: str, counts: Counts) -> None:
    for kind, n in counts.items():
        filed[path, kind] = filed.get((path, kind), 0) + n
