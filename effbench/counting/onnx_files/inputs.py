"""What goes into the network of an ONNX file: every dimension that the file leaves open is given by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import TypeProto

from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.models.inputs import OWN_BATCH, Input, Side, batch_of, height_width, sides_of

Dimension = int | str
"""A length, or the symbol of one that is open."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """The inputs of a network with every dimension known.

    Attributes:
        types: name -> its type. inputs: the same as they are typed.
        size: sides of the image, or the shapes of all inputs. batch: images.
    """

    types: dict[str, TypeProto]
    inputs: tuple[Input, ...]
    size: Side
    batch: int


def fill(graph: onnx.GraphProto, path: Path, size: Side | None, inputs: Sequence[Input], batch: int) -> Filled:
    """The inputs with shapes from ``inputs``, or from the sides of an image and the batch.

    Raises:
        SpecError: a dimension is open still, or is another one in the file. UnknownName: no such input.
    """
    if size is not None and inputs:
        raise SpecError("a size and inputs exclude one another: the sides of an image are part of its input")
    if inputs and batch != 1:
        raise SpecError(OWN_BATCH)
    weights = {tensor.name for tensor in graph.initializer}
    open_ = {one.name: _dimensions(one, path) for one in graph.input if one.name not in weights}
    kinds = {one.name: one.type.tensor_type.elem_type for one in graph.input}
    given = _given(open_, kinds, path, inputs) if inputs else _by_size(open_, path, size, batch)
    shapes = _bound(open_, given, path)
    found = [Input(shape=shape, dtype=_dtype(kinds[name]), name=name) for name, shape in shapes.items()]
    image = sides_of(found) if len(found) == 1 else None
    types = {name: onnx.helper.make_tensor_type_proto(kinds[name], shape) for name, shape in shapes.items()}
    said = image or " ".join(map(str, found)) or "no input"
    return Filled(types=types, inputs=tuple(found), size=said, batch=batch_of(found))


def _dtype(kind: int) -> str:
    """As PyTorch names the element type."""
    name = str(onnx.TensorProto.DataType.Name(kind)).lower()
    return {"float": "float32", "double": "float64"}.get(name, name)


def _dimensions(value: onnx.ValueInfoProto, path: Path) -> list[Dimension] | None:
    """Of an input; None where not even their number is known. One without a symbol has one of its own."""
    if value.type.WhichOneof("value") != "tensor_type":
        raise SpecError(f"{path}: its input {value.name[:60]} is no tensor")
    if not value.type.tensor_type.elem_type:
        raise SpecError(f"{path}: its input {value.name[:60]} has no element type")
    if not value.type.tensor_type.HasField("shape"):
        return None
    found = value.type.tensor_type.shape.dim
    return [one.dim_value if one.dim_value > 0 else one.dim_param or f"{value.name}.{i}" for i, one in enumerate(found)]


Open = dict[str, list[Dimension] | None]
Given = dict[str, list[int | None]]


def _given(open_: Open, kinds: dict[str, int], path: Path, inputs: Sequence[Input]) -> Given:
    """The shapes that were typed, by the names of the file."""
    names = list(open_)
    if len(inputs) > len(names):
        raise SpecError(f"{path} takes {len(names)} inputs, {', '.join(names)[:100]}, and {len(inputs)} are given")
    found: Given = {}
    for place, one in enumerate(inputs):
        name = one.name or names[place]
        if name not in open_:
            raise UnknownName(f"input of {path}", name, names)
        if one.dtype not in ("float32", _dtype(kinds[name])):
            raise SpecError(f"{path}: its input {name} is of {_dtype(kinds[name])}, not {one.dtype}")
        found[name] = list(one.shape)
    return found


def _by_size(open_: Open, path: Path, size: Side | None, batch: int) -> Given:
    """The batch in front where it is open, and the sides of every image."""
    found: Given = {}
    images = 0
    for name, dims in open_.items():
        if dims is None or not dims:
            continue
        given: list[int | None] = [None] * len(dims)
        if len(dims) > 1 and (batch != 1 or not isinstance(dims[0], int)):
            given[0] = batch
        if size is not None and len(dims) == 4:
            images += 1
            last = dims[3] in (1, 3) and dims[1] not in (1, 3)  # channels
            given[1 if last else 2], given[2 if last else 3] = height_width(size)
            given[3 if last else 1] = 3 if isinstance(dims[3 if last else 1], str) else None
        found[name] = given
    if size is not None and not images:
        raise SpecError(f"{path}: none of its inputs is an image; give the shapes of all with --input")
    return found


def _bound(open_: Open, given: Given, path: Path) -> dict[str, tuple[int, ...]]:
    """Every shape, one symbol having one value; a dimension that is open still is an error."""
    values: dict[str, int] = {}
    for name, shape in given.items():
        dims = open_[name] or [f"{name}.{i}" for i in range(len(shape))] if open_[name] != [] else []
        open_[name] = dims
        if len(shape) != len(dims):
            raise SpecError(f"{path}: its input {name} has {len(dims)} dimensions, {_shown(dims)}, not {len(shape)}")
        for dim, n in zip(dims, shape, strict=True):
            known = values.setdefault(dim, n) if isinstance(dim, str) and n is not None else dim
            if n is not None and known != n:
                raise SpecError(f"{path}: its input {name} is {_shown(dims)}: {known} cannot be {n}")
    shapes = {}
    for name, dims_ in open_.items():
        shape_ = [values.get(dim, dim) if isinstance(dim, str) else dim for dim in dims_ or ["?"]]
        shape_ = shape_ if dims_ != [] else []
        if any(isinstance(dim, str) for dim in shape_):
            raise EffbenchError(_open(name, shape_, path))
        shapes[name] = tuple(int(dim) for dim in shape_)
    return shapes


def _open(name: str, dims: Sequence[Dimension], path: Path) -> str:
    image = " or, of images, --size SIDE" if len(dims) == 4 else ""
    return f"{path}: the shape of its input {name[:40]} is open: {_shown(dims)}; give --input {name[:40]}=SHAPE{image}"


def _shown(dims: Sequence[Dimension]) -> str:
    return "x".join(str(dim) for dim in dims)[:60] or "scalar"
