"""Shapes of the tensors of an ONNX file, node by node; small values that say shapes are worked out on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import prod

import numpy
import onnx
from onnx import NodeProto, TensorProto, TypeProto
from onnx.reference import ReferenceEvaluator

from effbench.counting.onnx_files.prices import PLAIN, random
from effbench.counting.onnx_files.read import BROKEN, SMALL
from effbench.counting.onnx_files.twins import RUNTIME
from effbench.errors import EffbenchError

Shape = tuple[int, ...]

FOLDED = frozenset(name for name, operator in PLAIN[""].items() if operator.rule is not random)
"""Operators whose results are worked out where they read small values that no input decides: such say shapes."""

Guess = Callable[[NodeProto, Sequence[Shape]], Shape]


def _first(node: NodeProto, shapes: Sequence[Shape]) -> Shape:
    return shapes[0]


def _rows(width: int) -> Callable[[NodeProto, Sequence[Shape]], Shape]:
    """The last axis is that of input ``width``."""
    return lambda node, shapes: (*shapes[0][:-1], shapes[width][-1])


def _nbits(node: NodeProto, shapes: Sequence[Shape]) -> Shape:
    return (*shapes[0][:-1], next(one.i for one in node.attribute if one.name == "N"))


OTHERS: dict[str, Guess] = {
    **dict.fromkeys(("BiasGelu", "LayerNormalization", "SkipLayerNormalization", "MultiHeadAttention"), _first),
    **dict.fromkeys(("SimplifiedLayerNormalization", "SkipSimplifiedLayerNormalization"), _first),
    "DynamicQuantizeMatMul": _rows(1),
    "MatMulIntegerToFloat": _rows(1),
    "MatMulNBits": _nbits,
}
"""Operator of ONNX Runtime -> shape of its result."""


LINEAR = ("QuantizeLinear", "DequantizeLinear")


def _of_kind(found: TypeProto, kind: int) -> TypeProto:
    """The same shape of elements of another type."""
    made = TypeProto()
    made.CopyFrom(found)
    made.tensor_type.elem_type = kind
    return made


class Shapes:
    """Types and small values by name of tensor, as far as the nodes so far have made them."""

    def __init__(self, model: onnx.ModelProto, inputs: Mapping[str, TypeProto]) -> None:
        self.opsets = {one.domain if one.domain != "ai.onnx" else "": one.version for one in model.opset_import}
        self.imports = list(model.opset_import)
        self.types: dict[str, TypeProto] = dict(inputs)
        self.values: dict[str, TensorProto] = {}
        self.said = {one.name: one.type for one in model.graph.value_info}
        self.add_weights(model.graph)

    def add_weights(self, graph: onnx.GraphProto) -> None:
        """The weights of a graph or a branch."""
        for tensor in graph.initializer:
            self.types[tensor.name] = onnx.helper.make_tensor_type_proto(tensor.data_type, list(tensor.dims))
            self._keep(tensor.name, tensor)

    def _keep(self, name: str, tensor: TensorProto) -> None:
        if tensor.data_location != TensorProto.EXTERNAL and prod(tensor.dims) <= SMALL:
            copy = TensorProto()
            copy.CopyFrom(tensor)
            copy.name = name
            self.values[name] = copy

    def shape(self, name: str) -> Shape | None:
        """Of a tensor; None while a dimension is unknown."""
        found = self.types.get(name)
        if found is None or not found.tensor_type.HasField("shape"):
            return None
        dims = found.tensor_type.shape.dim
        return tuple(one.dim_value for one in dims) if all(one.HasField("dim_value") for one in dims) else None

    def value(self, name: str) -> numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.generic]] | None:
        """Of a small tensor that no input decides."""
        found = self.values.get(name)
        if found is None:
            return None
        try:
            return onnx.numpy_helper.to_array(found)
        except BROKEN:
            return None

    def kind(self, name: str) -> int:
        """Element type, as ONNX numbers it; 0 if it is unknown."""
        found = self.types.get(name)
        return 0 if found is None else found.tensor_type.elem_type

    def infer(self, node: NodeProto, *, quantised: bool = False) -> None:
        """Types of the results of a node, and their values where they are small and no input decides them.

        Args:
            quantised: integers stand in the places of the floats that the operator takes.

        Raises:
            EffbenchError: the shapes that it reads do not fit one another.
        """
        domain = "" if node.domain == "ai.onnx" else node.domain
        found = self._made(node, domain, quantised and node.op_type not in LINEAR)
        for name in node.output:
            self.types[name] = found.get(name, TypeProto())
            if self.shape(name) is None and self.shape_of_said(name):
                self.types[name] = self.said[name]
        if domain == RUNTIME and node.op_type in OTHERS:
            self._guess(node)
        if domain == "" and node.op_type in FOLDED:
            self._fold(node)

    def _made(self, node: NodeProto, domain: str, quantised: bool) -> Mapping[str, TypeProto]:
        """What ONNX infers of one node; nothing where it knows no such operator."""
        if domain not in self.opsets or not onnx.defs.has(node.op_type, domain):
            return {}
        types = {name: self.types.get(name, TypeProto()) for name in node.input if name}
        if quantised:
            types = {name: _of_kind(one, TensorProto.FLOAT) for name, one in types.items()}
        values = {name: self.values[name] for name in node.input if name in self.values and not quantised}
        try:
            schema = onnx.defs.get_schema(node.op_type, self.opsets[domain], domain)
            found = onnx.shape_inference.infer_node_outputs(schema, node, types, values, None, self.imports)
        except onnx.shape_inference.InferenceError as error:
            if any(self.shape(name) is None for name in types):
                return {}
            said = str(error).strip().splitlines()[0][:120]
            shapes = ", ".join(str(list(self.shape(name) or ())) for name in types)
            raise EffbenchError(f"{node.op_type} {node.name[:60]} cannot take {shapes[:60]}: {said}") from None
        except Exception:  # of the library, whatever it thinks of the node: its shapes stay unknown, which is said
            return {}
        kind = self.kind(node.input[0]) if quantised else 0
        return {name: _of_kind(one, kind) for name, one in found.items()} if quantised else found

    def shape_of_said(self, name: str) -> bool:
        """Whether the file itself says the whole shape."""
        said = self.said.get(name)
        return (
            said is not None
            and said.tensor_type.HasField("shape")
            and all(one.dim_value > 0 for one in said.tensor_type.shape.dim)
        )

    def _guess(self, node: NodeProto) -> None:
        shapes = [self.shape(name) or () for name in node.input]
        if self.shape(node.input[0]) is None:
            return
        with suppress(IndexError, ValueError, StopIteration):
            shape = OTHERS[node.op_type](node, shapes)
            self.types[node.output[0]] = onnx.helper.make_tensor_type_proto(TensorProto.FLOAT, shape)

    def _fold(self, node: NodeProto) -> None:
        """The value of a small result, by ONNX's own reference of that one operator."""
        reads = [name for name in node.input if name]
        if node.op_type in ("Shape", "Size"):
            if self.shape(reads[0]) is None:
                return
        elif any(name not in self.values for name in reads) or not self._small(node):
            return
        given = {name: self.value(name) for name in reads}
        if node.op_type in ("Shape", "Size"):
            given = {reads[0]: numpy.broadcast_to(numpy.zeros((), numpy.int8), self.shape(reads[0]) or ())}
        with suppress(*BROKEN, NotImplementedError, ArithmeticError, IndexError, AssertionError, AttributeError):
            for name, made in zip(node.output, self._run(node, given), strict=True):
                tensor = onnx.numpy_helper.from_array(numpy.asarray(made), name)
                self._keep(name, tensor)
                self.types[name] = onnx.helper.make_tensor_type_proto(tensor.data_type, list(tensor.dims))

    def _small(self, node: NodeProto) -> bool:
        """Whether the results are known to be small before they are made."""
        return all((shape := self.shape(name)) is not None and prod(shape) <= SMALL for name in node.output if name)

    def _run(self, node: NodeProto, given: Mapping[str, object]) -> Sequence[object]:
        types = {name: self.types[name] for name in given}
        graph = onnx.helper.make_graph(
            [node],
            "one",
            [onnx.helper.make_value_info(name, kind) for name, kind in types.items()],
            [onnx.helper.make_empty_tensor_value_info(name) for name in node.output],
        )
        found = ReferenceEvaluator(onnx.helper.make_model(graph, opset_imports=self.imports)).run(None, dict(given))
        return list(found)
