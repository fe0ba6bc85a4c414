"""The operations of an ONNX file, node by node, under the module paths that its nodes name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import onnx
from onnx import NodeProto, TensorProto

from effbench.cost.counts import Key, OpCounts
from effbench.cost.kinds import MAC_KINDS, PARAM
from effbench.counting.onnx_files.modules import module_of
from effbench.counting.onnx_files.prices import Call, Counts, NoPrice, Operator, Value, constant, free, random
from effbench.counting.onnx_files.products import OPERATORS
from effbench.counting.onnx_files.shapes import Shape, Shapes
from effbench.counting.onnx_files.twins import twin
from effbench.counting.provenance import IMAGE, Origin, through
from effbench.counting.uncounted import Uncounted
from effbench.errors import EffbenchError

BITS: dict[int, int] = {
    TensorProto.DOUBLE: 64, TensorProto.FLOAT16: 16, TensorProto.BFLOAT16: 16, TensorProto.INT8: 8,
    TensorProto.UINT8: 8, TensorProto.INT16: 16, TensorProto.UINT16: 16, TensorProto.INT64: 64,
    TensorProto.INT4: 4, TensorProto.UINT4: 4, TensorProto.COMPLEX64: 64, TensorProto.COMPLEX128: 128,
    TensorProto.FLOAT8E4M3FN: 8, TensorProto.FLOAT8E4M3FNUZ: 8, TensorProto.FLOAT8E5M2: 8,
    TensorProto.FLOAT8E5M2FNUZ: 8, TensorProto.FLOAT4E2M1: 4,
}  # fmt: skip
"""Element type -> bits, where they are not 32."""

INTEGERS = (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL)

NO_WEIGHTS: dict[str, tuple[int, ...]] = {
    "BatchNormalization": (3, 4),
    **dict.fromkeys(("QLinearConv", "QLinearMatMul"), (1, 2, 4, 5, 6, 7)),
    **dict.fromkeys(("DequantizeLinear", "QuantizeLinear"), (1, 2)),
    **dict.fromkeys(("MatMulInteger", "ConvInteger", "MatMulNBits", "DynamicQuantizeMatMul"), (2, 3)),
    "MatMulIntegerToFloat": (2, 3, 4, 5),
    "Resize": (1, 2, 3),
}
"""Operator -> inputs that are statistics, scales and zero points: no parameters."""

QUANTISED: dict[str, tuple[int, ...]] = {
    "QLinearConv": (3, 8),
    "QLinearMatMul": (0, 3),
    "DequantizeLinear": (0,),
    **dict.fromkeys(("MatMulInteger", "ConvInteger", "MatMulIntegerToFloat"), (0, 1)),
    **dict.fromkeys(("DynamicQuantizeMatMul", "MatMulNBits"), (1,)),
}
"""Operator -> inputs that are parameters even as integers."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the file computes.

    Attributes:
        counts: operations and parameters. uncounted: operators without a price.
        bits: ``8x4`` (of activations and weights) -> multiply-accumulates. named: whether nodes name their modules.
    """

    counts: OpCounts
    uncounted: tuple[Uncounted, ...]
    bits: Mapping[str, int]
    named: bool


def count(model: onnx.ModelProto, types: Mapping[str, onnx.TypeProto], path: Path) -> Found:
    """Every node once, in the order of the file.

    Raises:
        EffbenchError: a node reads what nothing before it has made.
    """
    walk = Walk(model, types, path)
    walk.graph(model.graph)
    return Found(
        counts=OpCounts({key: n for key, n in walk.filed.items() if n}),
        uncounted=tuple(Uncounted(op, where, shapes, n) for (op, where, shapes), n in walk.unknown.items()),
        bits={label: n for label, n in walk.bits.items() if n},
        named=any(where for where, _ in walk.filed),
    )


class Walk:
    """One pass over the nodes."""

    def __init__(self, model: onnx.ModelProto, types: Mapping[str, onnx.TypeProto], path: Path) -> None:
        self.path = path
        self.shapes = Shapes(model, types)
        self.origins: dict[str, Origin | None] = dict.fromkeys(types, IMAGE)  # None: of weights
        self.filed: dict[Key, int] = {}
        self.unknown: Counter[tuple[str, str, tuple[Shape | None, ...]]] = Counter()
        self.bits: Counter[str] = Counter()
        self.integers: dict[str, int] = {}  # bits of the integers that a tensor was made of
        self.params: dict[str, int] = {}  # weight that could be a parameter -> elements

    def graph(self, graph: onnx.GraphProto) -> None:
        """The nodes of a graph or of a branch."""
        for tensor in graph.initializer:
            self._weight(tensor.name, tensor)
        for node in graph.node:
            missing = next((name for name in node.input if name and name not in self.origins), None)
            if missing is not None:
                raise EffbenchError(f"{self.path}: a node {node.op_type} reads {missing[:60]!r}, which nothing makes")
            self._node(twin(node) or node, node)

    def _weight(self, name: str, tensor: TensorProto) -> None:
        self.origins[name] = None
        if tensor.dims:
            self.params[name] = prod(tensor.dims)

    def _node(self, node: NodeProto, written: NodeProto) -> None:
        """A node, or its twin in ONNX; errors name it as it is written."""
        if node.op_type == "If" and self._branch(node):
            return
        try:
            self.shapes.infer(node, quantised=node is not written)
        except EffbenchError as error:
            raise EffbenchError(f"{self.path}: {error}") from None
        domain = "" if node.domain == "ai.onnx" else node.domain
        operator = OPERATORS.get(domain, {}).get(node.op_type)
        call = self._call(node)
        if operator is None or not self._price(node, operator, call, node is not written):
            self._name(written)
        self._follow(node, operator, call)

    def _branch(self, node: NodeProto) -> bool:
        """Go where a condition that no input decides leads."""
        chosen = self.shapes.value(node.input[0])
        if chosen is None:
            return False
        branch = next(one.g for one in node.attribute if one.name == ("then_branch" if chosen.all() else "else_branch"))
        self.shapes.add_weights(branch)
        self.graph(branch)
        for name, made in zip(node.output, branch.output, strict=False):
            self._as(made.name, name)
        return True

    def _as(self, name: str, other: str) -> None:
        """Another name of the same tensor."""
        self.origins[other] = self.origins.get(name)
        for table in (self.integers, self.shapes.types, self.shapes.values):
            if name in table:
                table[other] = table[name]  # type: ignore[assignment]

    def _call(self, node: NodeProto) -> Call:
        attributes = {one.name: _plain(one) for one in node.attribute}
        ins = [self._value(name) if name else None for name in node.input]
        while ins and ins[-1] is None:
            ins.pop()
        return Call(attributes=attributes, ins=ins, out=self._value(node.output[0]) if node.output else Value(shape=()))

    def _value(self, name: str) -> Value:
        numbers = self.shapes.value(name)
        return Value(
            shape=self.shapes.shape(name),
            bits=self.integers.get(name) or BITS.get(self.shapes.kind(name), 32),
            made_from=self.origins.get(name),
            number=None if numbers is None or numbers.size != 1 or numbers.dtype.kind not in "fiu" else numbers.item(),
        )

    def _price(self, node: NodeProto, operator: Operator, call: Call, quantised: bool) -> bool:
        """File what it costs; whether that can be told."""
        try:
            counts = {} if self._says_shapes(node) else operator.rule(call)
        except (NoPrice, IndexError):
            return False
        where = module_of(node)
        if call.product is not None:
            call.product.filed, call.product.path = self.filed, where
            call.product.macs = counts.get(call.product.kind, 0)
        self._file(where, counts)
        if call.bits is not None:
            macs = sum(n for kind, n in counts.items() if kind in MAC_KINDS)
            self.bits["x".join(map(str, call.bits))] += macs
        self._parameters(node, operator, where, quantised)
        return True

    def _file(self, where: str, counts: Counts) -> None:
        for kind, n in counts.items():
            self.filed[where, kind] = self.filed.get((where, kind), 0) + n

    def _says_shapes(self, node: NodeProto) -> bool:
        """Whether the operator works out lengths, not what the network computes."""
        folded = all(name in self.shapes.values for name in node.output if name)
        return folded and all(self.shapes.kind(name) in INTEGERS for name in node.output if name)

    def _parameters(self, node: NodeProto, operator: Operator, where: str, quantised: bool) -> None:
        """Weights that the node is the first to read."""
        if operator.rule is constant:
            tensor = next((one.t for one in node.attribute if one.name == "value"), None)
            if tensor is not None and tensor.dims:
                self.params[node.output[0]] = prod(tensor.dims)
            return
        for place, name in enumerate(node.input):
            kind = self.shapes.kind(name)
            integer = kind in (*INTEGERS, TensorProto.INT8, TensorProto.UINT8, TensorProto.STRING)
            if place in NO_WEIGHTS.get(node.op_type, ()) or name not in self.params:
                continue
            if not integer or quantised or place in QUANTISED.get(node.op_type, ()):
                self._file(where, {PARAM: self._packed(node, self.params.pop(name))})

    def _packed(self, node: NodeProto, elements: int) -> int:
        """Of a weight that is packed into bytes its own elements."""
        if node.op_type != "MatMulNBits":
            return elements
        size = {one.name: int(one.i) for one in node.attribute}
        return size.get("K", 0) * size.get("N", 0)

    def _name(self, node: NodeProto) -> None:
        """An operator without a price."""
        found = [self.shapes.shape(name) for name in node.input if name]
        shapes = tuple(shape for shape in found if shape != ())
        domain = f"{node.domain}." if node.domain else ""
        self.unknown[f"{domain}{node.op_type}"[:80], module_of(node), shapes] += 1

    def _follow(self, node: NodeProto, operator: Operator | None, call: Call) -> None:
        """Say of the results what they were made from."""
        read = [one for one in call.ins if one is not None]
        made_from = _joined([one.made_from for one in read])
        if operator is not None and (operator.rule is constant or node.op_type in ("Shape", "Size")):
            made_from = None
        elif operator is not None and operator.rule is random:
            made_from = IMAGE
        elif operator is None:
            made_from = IMAGE if node.input == [] or made_from is not None else None
        elif made_from is not None or call.product is not None:
            scores = next((one for one in read if one.made_from is not None and one.made_from.products), None)
            made_from = through(
                operator.how, made_from, call.product, lambda: scores is not None and scores.shape == call.out.shape
            )
        moved = operator is not None and operator.rule is free and node.input and node.input[0] in self.integers
        for name in node.output:
            self.origins[name] = made_from
            if node.op_type == "DequantizeLinear" or moved:
                self.integers[name] = call.read(0).bits


def _joined(origins: Sequence[Origin | None]) -> Origin | None:
    found: Origin | None = None
    for one in origins:
        if one is not None and one is not found:
            found = one if found is None else found.joined(one)
    return found


def _plain(attribute: onnx.AttributeProto) -> object:
    if attribute.type == onnx.AttributeProto.STRING:
        return attribute.s.decode("utf-8", "replace")
    if attribute.type == onnx.AttributeProto.INT:
        return int(attribute.i)
    return list(attribute.ints) if attribute.type == onnx.AttributeProto.INTS else None
