"""Operators of ONNX Runtime that are one of ONNX with scales and zero points between its inputs."""

from __future__ import annotations

from onnx import NodeProto

RUNTIME = "com.microsoft"

TWINS: dict[str, tuple[str, tuple[int, ...]]] = {
    "QLinearAdd": ("Add", (0, 3)),
    "QLinearMul": ("Mul", (0, 3)),
    "QLinearAveragePool": ("AveragePool", (0,)),
    "QLinearGlobalAveragePool": ("GlobalAveragePool", (0,)),
    "QLinearReduceMean": ("ReduceMean", (0,)),
    "QLinearSigmoid": ("Sigmoid", (0,)),
    "QLinearLeakyRelu": ("LeakyRelu", (0,)),
    "QLinearSoftmax": ("Softmax", (0,)),
    "QLinearWhere": ("Where", (0, 1, 4)),
    "QGemm": ("Gemm", (0, 3, 6)),
    "FusedGemm": ("Gemm", (0, 1, 2)),
    "QuantizeLinear": ("QuantizeLinear", (0, 1, 2)),
    "DequantizeLinear": ("DequantizeLinear", (0, 1, 2)),
    "Gelu": ("Relu", (0,)),
    "FastGelu": ("Relu", (0,)),
    "QuickGelu": ("Relu", (0,)),
}
"""Operator -> the one of ONNX with the same shapes and price, and its inputs among those of the first."""


OWN = ("channels_last", "activation", "opset")
"""Attributes that ONNX's operator does not have."""


def twin(node: NodeProto) -> NodeProto | None:
    """The operator of ONNX that computes the same shapes at the same price; None where there is none."""
    if node.domain != RUNTIME or (node.op_type not in TWINS and node.op_type != "QLinearConcat"):
        return None
    turned = any(one.name in ("channels_last", "activation") and (one.i or one.s) for one in node.attribute)
    if turned or (node.op_type == "FastGelu" and len(node.input) > 1):
        return None
    op, places = TWINS.get(node.op_type, ("Concat", tuple(range(2, len(node.input), 3))))
    found = NodeProto(op_type=op, name=node.name)
    found.input.extend(node.input[place] for place in places if place < len(node.input))
    found.output.extend(node.output)
    found.attribute.extend(one for one in node.attribute if one.name not in OWN)
    found.metadata_props.extend(node.metadata_props)
    return found
