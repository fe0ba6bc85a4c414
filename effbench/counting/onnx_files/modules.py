"""Which module of the network a node of an ONNX file is of, by what exporters write into the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from onnx import NodeProto

_QUOTED = re.compile(r"'([^']*)'")


def module_of(node: NodeProto) -> str:
    """The module that a node is of, as exporters of PyTorch name it; empty where they say none.

    One writes the modules around the node beside it; the older one names it ``/blocks/blocks.0/attn/qkv/MatMul``.
    """
    scopes = next((one.value for one in node.metadata_props if one.key == "pkg.torch.onnx.name_scopes"), "")
    if scopes:
        found = _QUOTED.findall(scopes)
        return found[-2] if len(found) > 1 else ""
    return ".".join(_without_parents(node.name.split("/")[1:-1]))


def _without_parents(names: Sequence[str]) -> Iterator[str]:
    """``blocks``, ``blocks.0`` is one module."""
    for name, later in zip_longest(names, names[1:], fillvalue=""):
        if not later.startswith(f"{name}."):
            yield name
