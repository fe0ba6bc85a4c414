"""Which module is running: forward hooks for the length of one count, removed whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import nn


class Stack:
    """Paths of the modules that are running, innermost last; the empty path is the network itself.

    Attributes:
        path: that of the innermost one.
    """

    def __init__(self) -> None:
        self.path = ""
        self._outer: list[str] = []

    def enter(self, path: str, *_: object) -> None:
        self._outer.append(self.path)
        self.path = path

    def leave(self, *_: object) -> None:
        self.path = self._outer.pop() if self._outer else ""


@contextmanager
def followed(network: nn.Module) -> Iterator[Stack]:
    """The stack of ``network``'s modules while they are called; a module used twice keeps its first name.

    A part inside ``torch.compile``'s wrapper has the path it would have without.
    """
    stack = Stack()
    handles = []
    try:
        for path, module in network.named_modules():
            if path and not isinstance(module, torch.jit.ScriptModule):
                name = plain(path)
                handles.append(module.register_forward_pre_hook(partial(stack.enter, name), prepend=True))
                handles.append(module.register_forward_hook(stack.leave, always_call=True))
        yield stack
    finally:
        for handle in handles:
            handle.remove()


def plain(path: str) -> str:
    """A module path without the wrappers of ``torch.compile``."""
    if "_orig_mod" not in path:
        return path
    return ".".join(name for name in path.split(".") if name != "_orig_mod")
