"""A network of any kind as one ONNX file, which is run and counted before it is there."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils._pytree import tree_map

from effbench.cost.convention import convention
from effbench.counting.by_tool import CountRow, count_by_pass
from effbench.counting.counters.inputs import Inputs, made
from effbench.counting.counters.networks import model_count, network_and_inputs
from effbench.counting.counters.rules import tensors
from effbench.early_exit.export import UNFINISHED, fix_resizes, require_onnx
from effbench.early_exit.runner import Session, onnx_runtime, session
from effbench.errors import EffbenchError, first_line
from effbench.files.scratch import scratch
from effbench.models.inputs import Input
from effbench.models.model import Model
from effbench.models.networks.weights import load_weights

EXAMPLES = 3
"""Batch with which a file for batches of any size is made; not 1, which PyTorch would take for a constant."""

LARGEST = 2**31 - 2**24
"""Bytes of weights that fit into one file, less some for the nodes."""

ATTENTION = torch.ops.aten.scaled_dot_product_attention.default


@dataclass(frozen=True, kw_only=True)
class ExportedNetwork:
    """One file.

    Attributes:
        model: its name. inputs: what it was called with. any_batch: whether the file takes batches of any size.
        bytes: on disk. max_diff: the largest difference of an output, ONNX Runtime against PyTorch, over the largest
            absolute value of that output (at least 1).
        macs: of the network, and file_macs: of the file, for those inputs.
        folded: whether the file has the network's as soon as nothing is computed while it is written.
        uncounted: operators of the file without a price.
    """

    model: str
    inputs: str
    any_batch: bool
    bytes: int
    max_diff: float
    macs: int
    file_macs: int
    folded: bool
    uncounted: tuple[str, ...]


def export_network(model: Model, path: Path, weights: Path | None = None) -> ExportedNetwork:
    """Write the network's file, and compare it with the network.

    Args:
        path: the file, whole or not there. weights: file of trained weights; None: those that its code gives it.

    Raises:
        EffbenchError: the network does not run, cannot be exported, or ONNX Runtime does not take it; nothing is then
            written. MissingExtra: a library is missing.
    """
    onnx_runtime()  # before anything is done
    require_onnx()
    counted = model_count(model).forward
    _require_fits(model.name, 2 * int(counted.params))
    macs = int(convention("macs").total(counted))
    network, inputs = network_and_inputs(model, "cpu")
    if weights is not None:
        load_weights(network, weights)
    weights_of = {id(t): t.numel() * t.element_size() for t in (*network.parameters(), *network.buffers())}
    _require_fits(model.name, sum(weights_of.values()))
    shapes = model.called_with()
    batches = [shapes] if (many := _of_many(shapes)) is None else [many, shapes]
    checks = [_Check.of(network, _mirrored(_bound(network, made(one, "cpu")))) for one in batches]
    _prepare(network, inputs)
    with scratch(UNFINISHED, path.parent) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of exporters, about what they do with the network
        file = folder / path.name
        program, is_open = _traced(model.name, network, batches)
        _write(model.name, program, file)
        batch = model.batch if is_open else 1  # of a file for one batch that is in it
        found, folded = _counted(file, batch), False
        if found.value != macs:
            whole = folder / "whole.onnx"
            _write(model.name, program, whole, optimize=False)
            folded = _counted(whole, batch).value == macs
        max_diff = _difference(file, program, checks if is_open else checks[-1:])
        file.replace(path)
    return ExportedNetwork(
        model=model.name,
        inputs=" ".join(map(str, shapes)),
        any_batch=is_open,
        bytes=path.stat().st_size,
        max_diff=max_diff,
        macs=macs,
        file_macs=found.value,
        folded=folded,
        uncounted=found.uncounted,
    )


def _require_fits(name: str, weights: int) -> None:
    if weights > LARGEST:
        raise EffbenchError(f"{name} has {weights / 2**30:.1f} GiB of weights, and one ONNX file holds less than 2 GiB")


def _of_many(shapes: Sequence[Input]) -> tuple[Input, ...] | None:
    """The inputs for a batch of EXAMPLES; None where they share none."""
    shared = {one.shape[0] if one.shape else 0 for one in shapes}
    if len(shared) != 1 or 0 in shared or max(len(one.shape) for one in shapes) < 2:
        return None
    return tuple(one.of_batch(EXAMPLES) for one in shapes)


def _bound(network: nn.Module, inputs: Inputs) -> Inputs:
    """The same call with as many arguments by position as can be: the order in which a program takes them."""
    bound = inspect.signature(network.forward).bind(*inputs.args, **inputs.kwargs)
    return Inputs(bound.args, bound.kwargs)


def _mirrored(inputs: Inputs) -> Inputs:
    """Other values than those that a program is made with."""
    return inputs.changed(lambda t: t.flip(-1) if t.ndim and t.is_floating_point() else t)


@dataclass(frozen=True)
class _Check:
    """A call, and what the network gives for it."""

    inputs: Inputs
    expected: list[NDArray[np.generic]]

    @classmethod
    def of(cls, network: nn.Module, inputs: Inputs) -> _Check:
        try:
            with torch.no_grad():
                return cls(inputs, [t.detach().clone().numpy() for t in tensors(inputs.call(network))])
        except Exception:  # the network's own code, at a batch that it may not be made for
            return cls(inputs, [])


def _prepare(network: nn.Module, inputs: Inputs) -> None:
    """A network of ours without what ONNX lacks; one that gives its tensors as a list, whatever it wraps them in."""
    image = next((t for t in inputs.tensors() if t.ndim == 4), None)
    if image is not None:
        fix_resizes(network, (image.shape[1], image.shape[2], image.shape[3]))
    forward = network.forward

    @functools.wraps(forward)
    def listed(*args: object, **kwargs: object) -> list[torch.Tensor]:
        return list(tensors(forward(*args, **kwargs)))

    network.forward = listed


def _traced(
    name: str, network: nn.Module, batches: Sequence[Sequence[Input]]
) -> tuple[torch.export.ExportedProgram, bool]:
    """The network as a program, and whether for batches of any size: where it cannot be, for its own."""
    failed: Exception | None = None
    for shapes in batches:
        is_open = len(batches) > 1 and shapes is batches[0]
        try:
            inputs = _bound(network, made(shapes, "cpu"))
            dims = {0: torch.export.Dim("batch")} if is_open else None
            named = dict(inspect.signature(network.forward).bind(*inputs.args, **inputs.kwargs).arguments)
            free = tree_map(lambda _, dims=dims: dims, named)
            with torch.no_grad(), redirect_stderr(StringIO()):  # where the exporter prints what it cannot trace
                program = torch.export.export(network, inputs.args, dict(inputs.kwargs), dynamic_shapes=free)
            return program, is_open
        except Exception as error:  # of PyTorch's exporter, or of the network itself: any kind
            failed = error
    raise _refused(name, failed)


def _refused(name: str, error: BaseException | None) -> EffbenchError:
    while error is not None and error.__cause__ is not None:  # the exporter wraps what stopped it in advice
        error = error.__cause__
    said = first_line(error or ValueError("nothing to export"))
    by_values = "data-dependent" in said.lower() or "DataDependent" in said
    return EffbenchError(f"{name} cannot be exported: {'values decide what it computes: ' * by_values}{said}")


def _write(name: str, program: torch.export.ExportedProgram, path: Path, *, optimize: bool = True) -> None:
    names = [f"output_{i}" for i in range(len(program.graph_signature.user_outputs))]
    outputs = ["output"] if len(names) == 1 else names
    fused = any(node.target is ATTENTION for node in program.graph.nodes)
    failed: Exception | None = None
    for prepared in (lambda: program, lambda: _unfused(program))[: 1 + fused]:
        try:
            found = torch.onnx.export(
                prepared(), dynamo=True, verbose=False, output_names=outputs, external_data=False, optimize=optimize
            )
            found.save(str(path), external_data=False)
            return
        except Exception as error:  # of PyTorch's exporter: any kind
            failed = failed or error
    raise _refused(name, failed)


def _unfused(program: torch.export.ExportedProgram) -> torch.export.ExportedProgram:
    """With fused attention as products and softmax: the exporter takes it on four axes alone, and not always whole."""

    def attention(*args: object, **named: object) -> torch.Tensor:
        given: torch.Tensor = torch.ops.aten._scaled_dot_product_attention_math(*args, **named)[0]
        return given

    return program.run_decompositions({ATTENTION: attention})


def _counted(file: Path, batch: int) -> CountRow:
    """The file, as ``effbench count`` gives it."""
    (row,) = count_by_pass(str(file), None, convention("macs"), batch=batch)
    return row


def _difference(file: Path, program: torch.export.ExportedProgram, checks: Sequence[_Check]) -> float:
    """The largest of all outputs in all calls; infinite where the file gives other shapes."""
    loaded = session(file, 0, ("CPUExecutionProvider",))
    return max(_of_call(loaded, program.graph_signature.user_inputs, check) for check in checks)


def _of_call(loaded: Session, names: Sequence[object], check: _Check) -> float:
    feed = {str(name): t.numpy() for name, t in zip(names, check.inputs.tensors(), strict=True)}
    read = {value.name for value in loaded.get_inputs()}  # a network need not look at all of it
    try:
        given = loaded.run(None, {name: value for name, value in feed.items() if name in read})
    except Exception as error:  # ONNX Runtime's own kinds, one per cause
        raise EffbenchError(f"ONNX Runtime cannot run the file: {first_line(error)}") from None
    if [one.shape for one in given] != [one.shape for one in check.expected]:
        return float("inf")
    return max((_apart(a, b) for a, b in zip(given, check.expected, strict=True)), default=0.0)


def _apart(given: NDArray[np.generic], expected: NDArray[np.generic]) -> float:
    a, b = given.astype(np.float64), expected.astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.where(a == b, 0, np.abs(a - b))
    return float(apart.max(initial=0) / np.abs(b[np.isfinite(b)]).max(initial=1))
