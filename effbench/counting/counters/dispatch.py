"""Our counter: runs a network, usually on the meta device, and files every operator by (module path, kind).

The kinds and paths are those of the formulas in ``cost``, so that both can be compared key by key. Nothing is dropped:
an operator without a rule is named with its shapes, and ``strict`` raises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace

import torch
from torch import nn
from torch._ops import OpOverload
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack

from effbench.cost.counts import Key, OpCounts
from effbench.cost.kinds import PARAM
from effbench.counting.counters.as_found import as_found, nothing_fused
from effbench.counting.counters.calls import Calls, called
from effbench.counting.counters.counting import Counting
from effbench.counting.counters.functions import Functions
from effbench.counting.counters.moves import Moving
from effbench.counting.counters.origin import inner_tensors, mark, origin
from effbench.counting.counters.paths import followed, plain
from effbench.counting.counters.rules import tensors
from effbench.counting.provenance import IMAGE
from effbench.counting.uncounted import Uncounted
from effbench.errors import EffbenchError


@dataclass(frozen=True)
class Run:
    """What a network did in one run.

    Attributes:
        forward: operations of the forward pass, parameters with them.
        backward: operations of the backward pass, where the forward operation is filed; None if it was not run.
        recomputed: forward work done again during the backward pass (checkpoints, fused attention), by the modules that
            are called again.
        uncounted: operators without a price, in any pass.
        operators: name of an operator of the forward pass, priced or not, e.g. ``aten.addmm`` -> how often it ran. What
            is priced as one call, fused attention and RMS norms, has the name of the function. Not compared: which
            copies and views run depends on the device's strides, what they compute does not.
        device: where the operators were seen, ``meta`` where nothing has values.
        given: elements of the outputs.
    """

    forward: OpCounts
    backward: OpCounts | None
    recomputed: OpCounts | None
    uncounted: tuple[Uncounted, ...]
    operators: Mapping[str, int] = field(default_factory=dict, compare=False)
    device: str = field(default="", compare=False)
    given: int = field(default=0, compare=False)

    def unpriced(self) -> dict[str, int]:
        """Operator without a price -> how often it ran, in any module."""
        found: Counter[str] = Counter()
        for one in self.uncounted:
            found[one.op] += one.times
        return dict(found)


class UncountedError(EffbenchError):
    """Raised by ``strict`` counting."""


def count(
    network: nn.Module,
    inputs: Sequence[object],
    named: Mapping[str, object] | None = None,
    *,
    backward: bool = False,
    strict: bool = False,
    calls: bool = False,
    moves: bool = False,
) -> Run:
    """Run ``network(*inputs, **named)`` once and count.

    The network is left as it was: hooks, gradients, buffers, random state and global switches, also after an error.

    Args:
        network: on the meta device for a count without memory or arithmetic, or anywhere else.
        inputs: positional arguments, on the same device; a bare tensor is one of them. named: arguments by name.
        backward: also run the backward pass of the sum of all floating outputs.
        strict: raise UncountedError instead of naming operators that have no rule.
        calls: also file calls of functions and modules, which conventions of tools price.
        moves: also file what operators read and write (``OpCounts.moved``).
    """
    network = getattr(network, "_orig_mod", network)  # torch.compile's wrapper: count what it wraps
    inputs, named = ((inputs,) if isinstance(inputs, torch.Tensor) else inputs), named or {}
    found = None
    if not backward and _on_meta(network, [*inputs, *named.values()]):
        with suppress(Exception):  # the empty results' strides, or the network's own: the run below tells
            found = _run(network, inputs, named, backward=False, shortcut=True, calls=calls, moves=moves)
    if found is None:
        found = _run(network, inputs, named, backward=backward, shortcut=False, calls=calls, moves=moves)
    if strict and found.uncounted:
        said = "; ".join(f"{u.op} in {u.path or '(model)'} on {u.shapes}" for u in found.uncounted)
        raise UncountedError(f"{len(found.uncounted)} operators have no rule: {said}")
    return found


def _on_meta(network: nn.Module, inputs: Sequence[object]) -> bool:
    return any(t.device.type == "meta" for t in (*tensors(inputs), *network.parameters()))


def _run(
    network: nn.Module,
    inputs: Sequence[object],
    named: Mapping[str, object] | None = None,
    *,
    backward: bool,
    shortcut: bool,
    calls: bool = False,
    moves: bool = False,
) -> Run:
    """One pass; with ``shortcut`` slow meta kernels are passed over."""
    named = named or {}
    with ExitStack() as around:
        for outer in _counts_around():
            around.enter_context(outer.quiet())
        around.enter_context(as_found(network, list(tensors([*inputs, *named.values()]))))
        around.enter_context(nothing_fused())
        stack, filed = around.enter_context(followed(network)), Calls() if calls else None
        if filed is not None:
            around.enter_context(called(network, stack, filed))
        mode = (Moving if moves else Counting)(network, stack, shortcut=shortcut, calls=filed)
        around.enter_context(torch.set_grad_enabled(backward))
        around.enter_context(_made_from([*inputs, *named.values()], mode))
        around.enter_context(Functions(mode))
        around.enter_context(mode)
        outputs = network(*inputs, **named)
        if backward:
            mode.run_backward(outputs)
    return replace(_result(mode, network, backward), given=sum(t.numel() for t in tensors(outputs)))


@contextmanager
def _made_from(inputs: object, mode: Counting) -> Iterator[None]:
    """Tensors among the inputs are known as such, for the time of a run."""
    before = [(t, origin(t)) for t in inner_tensors(inputs)]
    for t, _ in before:
        mark(t, IMAGE)
    try:
        yield
    finally:
        for t in (t for written in mode.written if (t := written()) is not None):
            mark(t, None)
        for t, made_from in before:
            mark(t, made_from)


def _counts_around() -> list[Counting]:
    """Counts that are under way: a count inside them is a measurement, not a part of their network."""
    return [mode for mode in _get_current_dispatch_mode_stack() if isinstance(mode, Counting)]


def _result(mode: Counting, network: nn.Module, backward: bool) -> Run:
    forward = {**mode.filed["forward"], **_parameters(network)}
    moved = mode.by_kind() if isinstance(mode, Moving) else {}
    calls = mode.calls.filed if mode.calls else None
    return Run(
        forward=OpCounts({key: n for key, n in forward.items() if n}, moved=moved, calls=calls),
        backward=OpCounts(mode.filed["backward"]) if backward else None,
        recomputed=OpCounts(mode.filed["recomputed"]) if backward else None,
        uncounted=tuple(Uncounted(op, path, shapes, n) for (op, path, shapes), n in mode.unknown.items()),
        operators=_by_name(mode.operators),
    )


def _by_name(operators: Mapping[OpOverload, int]) -> dict[str, int]:
    """Overloads of one operator together: which of them runs is PyTorch's affair."""
    named: Counter[str] = Counter()
    for op, times in operators.items():
        packet = getattr(op, "overloadpacket", None)
        named[f"functional.{op.__name__}" if packet is None else str(packet)] += times
    return dict(sorted(named.items()))


def _parameters(network: nn.Module) -> dict[Key, int]:
    """Parameters by the path of the module that owns them; a shared one counts once, where it is found first."""
    seen: set[int] = set()
    found: dict[Key, int] = {}
    for path, module in network.named_modules():
        key = plain(path), PARAM
        for parameter in module._parameters.values():
            if parameter is not None and id(parameter) not in seen:
                seen.add(id(parameter))
                found[key] = found.get(key, 0) + parameter.numel()
    return found
