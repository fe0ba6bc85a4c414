"""``effbench.count``: operations of any network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.api.network_cost import NetworkCost, Unpriced
from effbench.cost.counts import OpCounts
from effbench.counting.by_tool import onnx_files
from effbench.errors import MissingExtra, SpecError
from effbench.models.inputs import DTYPES, Input, Side, parse_side
from effbench.models.plugins import allow, is_onnx
from effbench.models.registry import resolve

if TYPE_CHECKING:
    from effbench.counting.counters.dispatch import Run
    from effbench.counting.counters.inputs import Inputs

Size = int | str | tuple[int, int]
"""Sides of an image in pixels: ``224``, ``"224x320"`` or ``(224, 320)``, height first."""


def count(
    model: object,
    *inputs: object,
    kwargs: Mapping[str, object] | None = None,
    backward: bool = False,
    batch: int | None = None,
    size: Size | None = None,
    device: str = "auto",
    **named: object,
) -> NetworkCost:
    """Count the operations of one call ``model(*inputs, **kwargs)``; the network is left as it was.

    Args:
        model: any ``torch.nn.Module`` (scripted, lazy and compiled ones too), an exported program, a function, or the
            name of a model: registered, ``timm/NAME``, ``FILE.py:NAME``, ``package.module:factory`` or ``FILE.onnx``.
            A name needs no inputs, but for the sides that a file leaves open.
        inputs: what the model is called with; a bare tensor is one input.
        kwargs: arguments by name that are called like one of the options here. All other keywords go to the model, too.
        backward: also count the backward pass of the sum of all floating outputs: ``cost.backward``.
        batch: images, where no inputs are given (default: 1).
        size: image size, where no inputs are given: one RGB image of 224 or ``"224x320"`` (height x width).
        device: ``auto``: the meta device, without memory or arithmetic, and the device of the network where it needs
            values. Or ``meta``, ``cpu``, ``cuda``.

    Raises:
        EffbenchError: the network cannot be built, does not run, or does not fit into memory; in one line.

    A network is counted in the mode that it is in: call ``eval()`` before for that of inference.

        >>> import effbench as eb
        >>> import torch
        >>> cost = eb.count(torch.nn.Linear(48, 10), torch.zeros(1, 64, 48))
        >>> cost.macs, cost.flops, cost.params  # 64 x 48 x 10 multiply-accumulates
        (30720, 61440, 490)
        >>> cost.complete, cost.device
        (True, 'meta')
        >>> cost.by_kind()
        {'mac_linear': 30720, 'bias_add': 640}
        >>> eb.count("resnet50", size="224x320").inputs
        '1x3x224x320'
    """
    if isinstance(model, str) and is_onnx(model):
        _require(inputs, kwargs, named, batch, size)
        return _of_file(
            model, [*enumerate(inputs), *{**(kwargs or {}), **named}.items()], batch, size, backward, device
        )
    try:
        from effbench.counting.counters.inputs import Inputs
    except ImportError as error:
        raise MissingExtra("counting", error.name or "torch", "measure") from None
    _require(inputs, kwargs, named, batch, size)
    given = Inputs(inputs, {**(kwargs or {}), **named})
    how = {"backward": backward, "device": device}
    if isinstance(model, str):
        return _of_name(model, given, batch, size, how)
    return _of_network(model, given, batch, size, how)


def _require(
    inputs: tuple[object, ...],
    kwargs: Mapping[str, object] | None,
    named: Mapping[str, object],
    batch: int | None,
    size: Size | None,
) -> None:
    """Options that fit one another."""
    given = bool(inputs or kwargs or named)
    if given and (batch is not None or size is not None):
        raise SpecError("inputs have a batch and a size of their own: leave batch and size out")
    if batch is not None and batch < 1:
        raise SpecError(f"batch must be 1 or more, got {batch}")
    twice = set(kwargs or {}) & set(named)
    if twice:
        raise SpecError(f"{', '.join(sorted(twice))}: given in kwargs and beside it")


def side_of(size: Size | None) -> Side | None:
    """The size as names of models take it."""
    if size is None or isinstance(size, int):
        return size
    return parse_side(size if isinstance(size, str) else "x".join(map(str, size)))


def _of_name(name: str, given: Inputs, batch: int | None, size: Size | None, how: dict[str, object]) -> NetworkCost:
    """A model by its name: whoever writes one here wants its code to run."""
    from effbench.counting.counters.networks import model_count, network_and_inputs
    from effbench.counting.counters.placed import placed_count

    allow(name)
    model = resolve(name, side_of(size))
    if given.args or given.kwargs:
        network, _ = network_and_inputs(model, "cpu")
        return _cost(model.name, given, placed_count(model.name, network, given, **how))  # type: ignore[arg-type]  # options of several types
    wanted = model.called_with(batch or 1)
    found = model_count(model, batch=batch or 1, **how)  # type: ignore[arg-type]  # options of several types
    return _cost(model.name, " ".join(map(str, wanted)), found)


def _of_file(
    name: str,
    given: Sequence[tuple[int | str, object]],
    batch: int | None,
    size: Size | None,
    backward: bool,
    device: str,
) -> NetworkCost:
    """An ONNX file, counted from the shapes of what it is given."""
    files = onnx_files(name, backward=backward, device=device)
    filled, found = files.counts_of(Path(name))(side_of(size), [_as_input(*one) for one in given], batch or 1)
    uncounted = tuple(Unpriced(name=u.op, module=u.path, shapes=u.shapes, calls=u.times) for u in found.uncounted)
    inputs, params = " ".join(map(str, filled.inputs)), int(found.counts.params)
    return NetworkCost(name=name, inputs=inputs, device="-", params=params, counts=found.counts, uncounted=uncounted)


def _as_input(place: int | str, value: object) -> Input:
    """The shape of a tensor or array that a file is given."""
    shape, dtype = getattr(value, "shape", None), str(getattr(value, "dtype", "")).removeprefix("torch.")
    if shape is None or dtype not in DTYPES:
        raise SpecError(f"an ONNX file takes tensors or arrays of {', '.join(DTYPES)}, not {type(value).__name__}")
    return Input(shape=tuple(map(int, shape)), dtype=dtype, name=place if isinstance(place, str) else "")


def _of_network(
    model: object, given: Inputs, batch: int | None, size: Size | None, how: dict[str, object]
) -> NetworkCost:
    """A network that is there."""
    from effbench.counting.counters.inputs import made
    from effbench.counting.counters.placed import as_network, placed_count
    from effbench.models.inputs import Input, height_width

    name = getattr(model, "__name__", type(model).__name__)
    if not (given.args or given.kwargs):
        side = side_of(size)
        if side is None:
            raise SpecError(f"what goes into {name}? Give its inputs, or size for RGB images: count(net, size=224)")
        given = made([Input(shape=(batch or 1, 3, *height_width(side)))], "cpu")
    return _cost(name, given, placed_count(name, as_network(model), given, **how))  # type: ignore[arg-type]  # options of several types


def _cost(name: str, inputs: Inputs | str, run: Run) -> NetworkCost:
    """The public form of what was seen."""
    shapes = inputs if isinstance(inputs, str) else ", ".join(_shape(t.shape) for t in inputs.tensors()) or "no tensors"
    params = int(run.forward.params)
    uncounted = tuple(Unpriced(name=u.op, module=u.path, shapes=u.shapes, calls=u.times) for u in run.uncounted)

    def part(step: str, counts: OpCounts | None) -> NetworkCost | None:
        if counts is None:
            return None
        return NetworkCost(
            name=name,
            inputs=shapes,
            device=run.device,
            params=params,
            counts=counts,
            uncounted=uncounted,
            step=step,
        )

    return NetworkCost(
        name=name,
        inputs=shapes,
        device=run.device,
        params=params,
        counts=run.forward,
        uncounted=uncounted,
        backward=part("backward", run.backward),
        recomputed=part("recomputed", run.recomputed),
    )


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"
