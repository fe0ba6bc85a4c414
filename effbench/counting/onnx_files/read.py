"""An ONNX file, checked and with its functions written out. Weights beside it are not read: their shapes are in it."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path, PureWindowsPath

import onnx
from google.protobuf.message import DecodeError
from onnx import inliner

from effbench.errors import EffbenchError, first_line

SMALL = 1024
"""Elements of a tensor whose values may say shapes."""

BROKEN = (RuntimeError, ValueError, TypeError, KeyError, onnx.checker.ValidationError)
"""What the libraries of ONNX raise of a file that is wrong."""


def read(path: Path) -> onnx.ModelProto:
    """The network in the file.

    Raises:
        EffbenchError: there is no such file, it is no ONNX, or keeps weights outside its folder.
    """
    if not path.is_file():
        raise EffbenchError(f"{path}: no such ONNX file")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
    except OSError as error:
        raise EffbenchError(f"{path} cannot be read: {error.strerror}") from None
    except DecodeError:
        raise EffbenchError(f"{path} is not an ONNX file, or not a whole one") from None
    if not model.graph.node or not model.opset_import:
        raise EffbenchError(f"{path} is not an ONNX file with a network in it")
    model = _written_out(model, path)
    if any(isinstance(text, bytes) for text in _texts(model.graph)):  # as protobuf gives those that are not UTF-8
        raise EffbenchError(f"{path} is not a sound ONNX file: a name in it is no text")
    if model.graph.sparse_initializer:
        raise EffbenchError(f"{path} keeps sparse weights, which cannot be counted: write them as dense ones")
    for tensor in _tensors(model.graph):
        if any(n < 0 for n in tensor.dims):
            raise EffbenchError(f"{path}: the weight {tensor.name[:60]} has a negative dimension")
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            _bring(tensor, path)
    return model


def _written_out(model: onnx.ModelProto, path: Path) -> onnx.ModelProto:
    """The same network with the nodes of its functions in their places."""
    if not model.functions:
        return model
    try:
        return inliner.inline_local_functions(model)
    except BROKEN as error:
        raise EffbenchError(f"{path}: its functions cannot be written out: {first_line(error)}") from None


def _texts(graph: onnx.GraphProto) -> Iterator[str | bytes]:
    """Every name in a graph and its branches."""
    for tensor in graph.initializer:
        yield from (tensor.name, *(text for one in tensor.external_data for text in (one.key, one.value)))
    for value in (*graph.input, *graph.output, *graph.value_info):
        yield from (value.name, *(dim.dim_param for dim in value.type.tensor_type.shape.dim))
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (text for one in node.metadata_props for text in (one.key, one.value))
        for attribute in node.attribute:
            yield attribute.name
            yield from _texts(attribute.g)


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Every weight and constant, those of branches included."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                yield attribute.t
            elif attribute.type == onnx.AttributeProto.GRAPH:
                yield from _tensors(attribute.g)


def _bring(tensor: onnx.TensorProto, path: Path) -> None:
    """Check where a weight is kept; the values of small ones, which may say shapes, are read."""
    said = {entry.key: entry.value for entry in tensor.external_data}
    beside = _beside(path, said.get("location", ""))
    if prod(tensor.dims) > SMALL or not beside.is_file():
        return
    try:
        offset, length = int(said.get("offset", 0)), prod(tensor.dims) * _bytes(tensor)
        with beside.open("rb") as file:
            file.seek(offset)
            values = file.read(length)
    except (OSError, ValueError, KeyError):
        raise EffbenchError(f"{path}: the weight {tensor.name[:60]} cannot be read from {beside.name}") from None
    if len(values) < length:
        raise EffbenchError(f"{path}: {beside.name} ends before the weight {tensor.name[:60]}")
    tensor.raw_data = values
    tensor.data_location = onnx.TensorProto.DEFAULT
    del tensor.external_data[:]


def _beside(path: Path, location: str) -> Path:
    """The file of a weight, in the folder of the network or below."""
    folder = path.resolve().parent
    outside = not location or PureWindowsPath(location).drive or PureWindowsPath(location).root or "\0" in location
    found = folder if outside else (folder / location).resolve()
    if outside or not found.is_relative_to(folder) or found == folder:
        raise EffbenchError(f"{path} keeps weights outside its folder, in {location[:80]!r}: they must lie beside it")
    return found


def _bytes(tensor: onnx.TensorProto) -> int:
    """Of an element; those of less than a byte are never shapes."""
    return int(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)
