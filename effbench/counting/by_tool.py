"""Counting one model by one counter: ours, or another tool."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from effbench.cost.convention import Convention
from effbench.cost.counts import OpCounts, grouped
from effbench.cost.kinds import PARAM
from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError, MissingExtra, MissingPackage, SpecError, UnknownName, missing
from effbench.models.inputs import OWN_BATCH, Input, Side
from effbench.models.plugins import is_onnx
from effbench.models.registry import Model, resolve

COUNTERS = ("dispatch", "fvcore", "ptflops", "ptflops_aten", "torch")
DEVICES = {"dispatch": "meta", "torch": "meta", "ptflops_aten": "meta", "fvcore": "cpu", "ptflops": "cpu"}
"""Where each counter runs unless told otherwise: on meta where it is right there, else on the CPU.

A network that does not run on meta is counted on the CPU by all of them.
"""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One pass of one network, run by one counter.

    Attributes:
        model, size: the model, and sides of its image in pixels or the shapes of its inputs. batch: images.
        counter, device: what counted, and where.
        step: the pass: ``forward``, ``backward``, or ``recomputed`` in the backward pass.
        convention, unit: what the values are; the convention is None where a tool reports in its own way.
        uncounted: operators of the network without a price, in any pass, or what the tool says it left out.
    """

    model: str
    size: Side
    counter: str
    device: str
    batch: int = 1
    step: str = "forward"
    convention: str | None = None
    unit: str
    uncounted: tuple[str, ...] = ()

    def plain(self) -> dict[str, object]:
        """Name -> value; the pass under that name, a word of Python; of a file also what was not counted, in words."""
        found = {"pass" if name == "step" else name: value for name, value in vars(self).items()}
        found["uncounted"] = len(self.uncounted)
        if self.counter == "onnx":
            found["said"] = "; ".join(self.uncounted)
        return {**{name: found.pop(name) for name in IDENTITY}, "source": "counted", **found}


IDENTITY = ("model", "size", "batch", "counter", "device", "pass", "convention", "unit")


@dataclass(frozen=True, kw_only=True)
class CountRow(Pass):
    """What a counter found in a pass.

    Attributes:
        value: in the pass's unit. params: of the network.
        by: the tool and its version; empty for our own.
        counts: the operations that our counter found.
        bits: of an ONNX file, those of activations and weights (``8x4``) -> multiply-accumulates of such numbers.
    """

    value: int
    params: int
    by: str = ""
    counts: OpCounts = dataclasses.field(default_factory=OpCounts)
    bits: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def plain(self) -> dict[str, object]:
        """Name -> value; of another tool also what it says of itself, of a file its bits and what was not counted."""
        found = super().plain()
        names = (*IDENTITY[:-1], "value", "unit", "params", "uncounted", "source")
        row = {name: found[name] for name in names}
        said = "; ".join(self.uncounted)
        if self.counter == "onnx":
            return {**row, "bits": "; ".join(f"{label}: {n}" for label, n in self.bits.items()), "said": said}
        return {**row, "by": self.by, "said": said} if self.by else row


@dataclass(frozen=True, kw_only=True)
class KindRow(Pass):
    """One kind of operation in a pass: ``count`` of them at ``price`` each cost ``value``."""

    kind: str
    count: int
    price: int
    value: int


@dataclass(frozen=True, kw_only=True)
class ModuleRow(Pass):
    """One module in a pass, all below it included; ``share`` is that of the pass's value, 0 to 1."""

    module: str
    value: int
    share: float


def count_by_pass(
    name: str,
    size: Side | None,
    convention: Convention,
    *,
    backward: bool = False,
    strict: bool = False,
    inputs: Sequence[Input] = (),
    batch: int = 1,
    device: str = "auto",
) -> list[CountRow]:
    """Our counter on the model's network: a row for each pass, priced; see ``operations.counted_network``.

    An ONNX file has the one row of its forward pass.
    """
    if is_onnx(name):
        files = onnx_files(name, backward=backward, device=device)
        return [files.count_file(name, size, convention, strict=strict, inputs=inputs, batch=batch)]
    model = resolve(name, size, inputs)
    if inputs and batch != 1:
        raise SpecError(OWN_BATCH)
    found = counted_network(model, backward=backward, strict=strict, device=device, batch=batch)
    passes = {"forward": found.forward, "backward": found.backward, "recomputed": found.recomputed}
    return [
        CountRow(
            model=model.name,
            size=model.size,
            batch=model.batch if inputs else batch,
            counter="dispatch",
            device=found.device,
            step=step,
            convention=convention.name,
            value=int(convention.total(counts)),
            unit=convention.unit,
            params=int(found.forward.params),
            uncounted=tuple(map(str, found.uncounted)),
            counts=counts,
        )
        for step, counts in passes.items()
        if counts is not None
    ]


def onnx_files(name: str, *, backward: bool = False, device: str = "auto") -> ModuleType:
    """The module that counts ONNX files.

    Raises:
        SpecError: what is wanted no file has. MissingExtra: onnx is not installed.
    """
    if backward or device not in ("auto", "meta"):
        raise SpecError(f"{name} is an ONNX file: it has no backward pass, and runs on no device")
    try:
        return import_module("effbench.counting.onnx_files.row")
    except ImportError as error:
        raise missing(f"counting {name}", error) or MissingExtra(f"counting {name}", "onnx", "deploy") from None


def kinds(row: CountRow, convention: Convention) -> list[KindRow]:
    """Every kind of operation in a count of ours, priced or not; values add up to the row's."""
    place = {field.name: getattr(row, field.name) for field in dataclasses.fields(Pass)}
    return [
        KindRow(**place, kind=kind, count=int(n), price=price, value=price * int(n))
        for kind, n in grouped(convention.priced(row.counts)).items()
        for price in (convention.prices(row.counts).get(kind, 0),)
        if kind != PARAM
    ]


def modules(row: CountRow, convention: Convention, depth: int) -> list[ModuleRow]:
    """Every module with a cost in a count of ours, paths cut to ``depth`` names; values add up to the row's."""
    place = {field.name: getattr(row, field.name) for field in dataclasses.fields(Pass)}
    return [
        ModuleRow(**place, module=path or "(model)", value=value, share=value / (row.value or 1))
        for path, part in convention.in_scope(row.counts).by_module(depth).items()
        if (value := int(convention.total(part)))
    ]


def tool_count(
    name: str,
    size: Side | None,
    counter: str,
    device: str | None = None,
    inputs: Sequence[Input] = (),
    batch: int = 1,
) -> CountRow:
    """Another tool's count as it reports it, with its version and what it says it left out.

    Args:
        device: None: where the tool is right, and on the CPU where the network does not run there.
    """
    return tool_count_of(resolve(name, size, inputs), counter, device, batch)


def tool_count_of(model: Model, counter: str, device: str | None = None, batch: int = 1) -> CountRow:
    """As ``tool_count``, of a model at its size."""
    places = [device] if device else list(dict.fromkeys((DEVICES.get(counter, "cpu"), "cpu")))
    for place in places[:-1]:
        try:
            return _tool_count_on(model, counter, place, batch)
        except (MissingExtra, MissingPackage, UnknownName):
            raise
        except EffbenchError:
            continue
    return _tool_count_on(model, counter, places[-1], batch)


def _tool_count_on(model: Model, counter: str, place: str, batch: int) -> CountRow:
    try:
        from effbench.counting.counters.adapters import ADAPTERS
        from effbench.counting.counters.networks import network_and_inputs
    except ImportError as error:
        raise MissingExtra(f"counting with {counter}", error.name or "torch", "measure") from None
    if counter not in ADAPTERS:
        raise UnknownName("counter", counter, COUNTERS)
    network, inputs = network_and_inputs(model, place, batch)
    found = ADAPTERS[counter](network, inputs.in_order(network))
    return CountRow(
        model=model.name,
        size=model.size,
        batch=model.batch if model.inputs else batch,
        counter=counter,
        device=place,
        value=found.value,
        unit=found.unit,
        params=sum(p.numel() for p in network.parameters()),
        uncounted=found.uncounted,
        by=f"{found.tool} {found.version}",
    )
