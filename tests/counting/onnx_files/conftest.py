"""Small networks in ONNX files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def onnx_file(tmp_path: Path) -> Callable[..., Path]:
    """``onnx_file(nodes, inputs, weights)``: nodes as (operator, reads, makes, attributes), shapes by name."""
    onnx = pytest.importorskip("onnx")
    kind = onnx.TensorProto

    def write(
        nodes: Sequence[Any],
        inputs: Mapping[str, Sequence[Any] | None],
        weights: Mapping[str, Any] = {},
        name: str = "net.onnx",
        kinds: Mapping[str, int] = {},
    ) -> Path:
        made = [
            onnx.helper.make_node(op, reads.split(), makes.split(), name=f"n{i}", **(more[0] if more else {}))
            for i, (op, reads, makes, *more) in enumerate(nodes)
        ]
        graph = onnx.helper.make_graph(
            made,
            "net",
            [onnx.helper.make_tensor_value_info(one, kinds.get(one, kind.FLOAT), s) for one, s in inputs.items()],
            [onnx.helper.make_empty_tensor_value_info(nodes[-1][2].split()[0])],
            [onnx.numpy_helper.from_array(value, one) for one, value in weights.items()],
        )
        opsets = [onnx.helper.make_opsetid("", 20), onnx.helper.make_opsetid("com.microsoft", 1)]
        path = tmp_path / name
        onnx.save(onnx.helper.make_model(graph, opset_imports=opsets), path)
        return path

    return write
