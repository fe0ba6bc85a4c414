"""Our counter: runs a network, usually on the meta device, and files every operator by (module path, kind).

The kinds and paths are those of the formulas in ``cost``, so that both can be compared key by key. Nothing is dropped:
an operator without a rule is named with its shapes, and ``strict`` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from effbench.cost.counts import Key, OpCounts
from effbench.cost.kinds import PARAM
from effbench.counters import table  # noqa: F401 - fills the rules
from effbench.counters.paths import Stack, followed
from effbench.counters.rules import BACKWARD_WITH_RECOMPUTATION, FREE, RULES, Call, Rule, attention_counts, elements
from effbench.counters.shortcuts import META
from effbench.errors import EffbenchError

ATTENTION = torch.nn.functional.scaled_dot_product_attention


@dataclass(frozen=True)
class Uncounted:
    """An operator that could not be priced.

    Attributes:
        op: its name. path: the module it ran in. shapes: of its tensor arguments. times: how often it ran like this.
    """

    op: str
    path: str
    shapes: tuple[tuple[int, ...], ...]
    times: int


@dataclass(frozen=True)
class Count:
    """What a network did.

    Attributes:
        forward: operations of the forward pass, parameters with them.
        backward: operations of the backward pass; None if it was not run.
        recomputed: forward work done again during the backward pass (checkpoints, fused attention).
        uncounted: operators without a price, in any pass.
    """

    forward: OpCounts
    backward: OpCounts | None
    recomputed: OpCounts | None
    uncounted: tuple[Uncounted, ...]


class UncountedError(EffbenchError):
    """Raised by ``strict`` counting."""


def count(network: nn.Module, inputs: Sequence[Any], *, backward: bool = False, strict: bool = False) -> Count:
    """Run ``network(*inputs)`` once and count.

    The network is left as it was: hooks, gradients, buffers, random state and global switches, also after an error.

    Args:
        network: on the meta device for a count without memory or arithmetic, or anywhere else.
        inputs: positional arguments, on the same device.
        backward: also run the backward pass of the sum of all floating outputs.
        strict: raise UncountedError instead of naming operators that have no rule.
    """
    network = getattr(network, "_orig_mod", network)  # torch.compile's wrapper: count what it wraps
    try:
        found = _run(network, inputs, backward=backward, shortcut=not backward)
    except Exception:
        if backward:
            raise
        found = _run(network, inputs, backward=False, shortcut=False)  # was it the empty results' strides?
    if strict and found.uncounted:
        said = "; ".join(f"{u.op} in {u.path or '(model)'} on {u.shapes}" for u in found.uncounted)
        raise UncountedError(f"{len(found.uncounted)} operators have no rule: {said}")
    return found


def _run(network: nn.Module, inputs: Sequence[Any], *, backward: bool, shortcut: bool) -> Count:
    """One pass; with ``shortcut`` slow meta kernels are passed over."""
    with ExitStack() as around:
        around.enter_context(_untouched(network))
        stack = around.enter_context(followed(network))
        mode = _Counting(network, stack, shortcut=shortcut)
        around.enter_context(torch.set_grad_enabled(backward))
        around.enter_context(_FusedAttention(mode))
        around.enter_context(mode)
        outputs = network(*inputs)
        if backward:
            mode.run_backward(outputs)
    return mode.result(network, backward)


class _Counting(TorchDispatchMode):
    """Sees every operator below autograd; implements rules.Context."""

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
        self.softmax_path: str | None = None

    # rules.Context

    def is_weight(self, value: object) -> bool:
        return id(value) in self.weights

    def mark_weight(self, value: object) -> None:
        for t in _tensors(value):
            self.weights[id(t)] = t

    def product_kind(self) -> str:
        if self.softmax_path == self.stack.path:
            self.softmax_path = None
            return "mac_av"
        return "mac_qk"

    def saw_softmax(self) -> None:
        self.softmax_path = self.stack.path

    # TorchDispatchMode

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.muted:
            return func(*args, **kwargs)
        rule = RULES.get(func)
        if rule is None:
            rule = _fallback(func)
            if rule is None:
                with self:
                    out = func.decompose(*args, **kwargs)
                if out is not NotImplemented:
                    return out
        out = self._shortened(func, args) if self.shortcut else None
        if out is None:
            out = func(*args, **kwargs)
        if rule is FREE:
            if args and id(args[0]) in self.weights:
                self.mark_weight(out)  # views and copies of weights are weights
        elif rule is None:
            self._name(func, args)
        else:
            self.file(rule(Call(func, args, kwargs, out, self)), func)
        return out

    @staticmethod
    def _shortened(func: Any, args: Any) -> Any:
        """An empty result in place of a slow meta kernel, or None."""
        make = META.get(func)
        return make(args) if make is not None and args[0].device.type == "meta" else None

    def file(self, counts: Any, func: Any = None) -> None:
        """Add to the running pass."""
        phase = "forward"
        if self.in_backward:
            phase = "recomputed" if torch.is_grad_enabled() else "backward"
        filed, path = self.filed[phase], self.stack.path
        for kind, n in counts.items():
            filed[path, kind] = filed.get((path, kind), 0) + n
        if func in BACKWARD_WITH_RECOMPUTATION:
            again = self.filed["recomputed"]
            again[path, "mac_qk"] = again.get((path, "mac_qk"), 0) + counts["mac_qk"] // 2

    def run_backward(self, outputs: Any) -> None:
        """The backward pass of every floating output, with gradients of one."""
        heads = [t for t in _tensors(outputs) if t.requires_grad]
        if not heads:
            raise EffbenchError("nothing to run backward: no output depends on a parameter that is trained")
        self.muted = True
        gradients = [torch.ones_like(t) for t in heads]
        self.muted, self.in_backward = False, True
        with torch.no_grad():
            torch.autograd.backward(heads, gradients)

    def result(self, network: nn.Module, backward: bool) -> Count:
        forward = {**self.filed["forward"], **_parameters(network)}
        uncounted = tuple(Uncounted(op, path, shapes, n) for (op, path, shapes), n in self.unknown.items())
        return Count(
            forward=OpCounts({key: n for key, n in forward.items() if n}),
            backward=OpCounts(self.filed["backward"]) if backward else None,
            recomputed=OpCounts(self.filed["recomputed"]) if backward else None,
            uncounted=uncounted,
        )

    def _name(self, func: Any, args: Any) -> None:
        shapes = tuple(tuple(t.shape) for t in _tensors(args))
        key = (str(func), self.stack.path, shapes)
        self.unknown[key] = self.unknown.get(key, 0) + 1


class _FusedAttention(TorchFunctionMode):
    """Counts attention where it is called, so that every back end, fused or decomposed, counts the same."""

    def __init__(self, counting: _Counting) -> None:
        super().__init__()
        self.counting = counting

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is not ATTENTION or self.counting.muted:
            return func(*args, **kwargs)
        query, key, value = (*args, *(kwargs[name] for name in ("query", "key", "value") if name in kwargs))[:3]
        self.counting.file(attention_counts(query, key, value))
        if self.counting.shortcut and query.device.type == "meta":
            return query.new_empty((*query.shape[:-1], value.shape[-1]))
        self.counting.muted = True
        try:
            return func(*args, **kwargs)
        finally:
            self.counting.muted = False


def _fallback(func: Any) -> Rule | None:
    """The rule of an operator the table lacks, kept for next time: views are free, pointwise ones elementwise."""
    rule: Rule | None = None
    if getattr(func, "is_view", False):
        rule = FREE
    elif torch.Tag.pointwise in getattr(func, "tags", ()):
        rule = elements("other_elem")
    if rule is not None:
        RULES[func] = rule
    return rule


def _parameters(network: nn.Module) -> dict[Key, int]:
    """Parameters by the path of the module that owns them; a shared one counts once, where it is found first."""
    seen: set[int] = set()
    found: dict[Key, int] = {}
    for path, module in network.named_modules():
        for parameter in module.parameters(recurse=False):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                found[path, PARAM] = found.get((path, PARAM), 0) + parameter.numel()
    return found


def _tensors(values: Any) -> Iterator[Tensor]:
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, dict):
        yield from _tensors(list(values.values()))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _tensors(value)


@contextmanager
def _untouched(network: nn.Module) -> Iterator[None]:
    """Gradients, buffers, random state and PyTorch's switches as before, whatever happens inside."""
    gradients = {p: p.grad for p in network.parameters()}
    buffers = [(b, b.clone()) for b in network.buffers() if b.device.type != "meta"]
    fast_path = torch.backends.mha.get_fastpath_enabled()
    restore: list[Callable[[], object]] = [lambda: torch.backends.mha.set_fastpath_enabled(fast_path)]
    try:
        torch.backends.mha.set_fastpath_enabled(False)  # its fused operators hide the work inside
        with torch.random.fork_rng(), torch.compiler.set_stance("force_eager"):
            yield
    finally:
        for undo in restore:
            undo()
        with torch.no_grad():
            for parameter, gradient in gradients.items():
                parameter.grad = gradient
            for buffer, value in buffers:
                buffer.copy_(value)
