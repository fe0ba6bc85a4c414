"""What other tools look at: calls of functions and of modules, each in the measures that some tool has a rule in.

A tool that goes by functions sees ``F.layer_norm``, one that goes by modules the class ``nn.LayerNorm``, one below
autograd ``aten.native_layer_norm``. Each is filed apart, under a name of its own, beside the kinds of operation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from effbench.counting.counters.function_calls import ACTIVATIONS, FUNCTIONS, OTHERWISE, Measured
from effbench.counting.counters.module_calls import is_timm_attention, leaf, of_module
from effbench.counting.counters.paths import Stack, plain


class Calls:
    """Files calls by (path, name).

    Attributes:
        filed: how much of each. within: how many calls of functions that call others are under way.
        by_name: a function is being called under its name. own: what stands in the place of a function -> it.
    """

    def __init__(self) -> None:
        self.filed: dict[tuple[str, str], int] = {}
        self.within = 0
        self.by_name = False
        self.own: dict[Any, Any] = {}

    def add(self, path: str, name: str, measured: Measured) -> None:
        """One call of that name in the module of that path."""
        for end, n in measured.items():
            key = path, name + end
            self.filed[key] = self.filed.get(key, 0) + n

    def function(self, path: str, func: Any, args: Any, kwargs: Any, out: Any) -> None:
        """A function of PyTorch was called."""
        known = FUNCTIONS.get(func)
        if known is not None and not (self.within and known[0] == "torch.mean"):  # of weights that are given back
            name, measure = known
            if func in OTHERWISE and not self.by_name:
                name = OTHERWISE[func]
            self.add(path, name, measure(args, kwargs, out))

    def module(self, stack: Stack, path: str, hidden: bool, layer: nn.Module, args: Any, out: Any) -> None:
        """A module was called; ``hidden``: inside timm's attention, of which a tool sees nothing."""
        if next(layer.children(), None) is None and (n := leaf(layer, out)):
            self.add(path, "leaf.weights", {"": n})
        for name, n in of_module(layer, args, out).items():
            self.add(path, name, {"": n})
            if hidden:
                self.add(path, f"hidden.{name}", {"": n})


@contextmanager
def called(network: nn.Module, stack: Stack, calls: Calls) -> Iterator[None]:
    """Every call of a module of ``network`` is filed."""
    found = list(network.named_modules())
    closed = [f"{path}." if path else "" for path, module in found if is_timm_attention(module)]
    handles = [
        module.register_forward_hook(partial(calls.module, stack, plain(path), path.startswith(tuple(closed))))
        for path, module in found
        if not isinstance(module, torch.jit.ScriptModule)
    ]
    try:
        with _by_name(calls):
            yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _by_name(calls: Calls) -> Iterator[None]:
    """Tells ``x.mul(y)`` from ``x * y``, which to PyTorch are one function, and ``F.relu(x)`` from a layer's own."""

    def told(function: Any) -> Any:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            before, calls.by_name = calls.by_name, True
            try:
                return function(*args, **kwargs)
            finally:
                calls.by_name = before

        return call

    places = [(Tensor, name) for name in ("mul", "add", "matmul")] + [(F, name) for name in ACTIVATIONS]
    before = [(place, name, vars(place).get(name)) for place, name in places]
    try:
        for place, name in places:
            function = getattr(place, name)
            instead = told(function)
            calls.own[instead] = function
            setattr(place, name, instead)
        yield
    finally:
        for place, name, function in before:
            if function is not None:
                setattr(place, name, function)
            else:
                delattr(place, name)
