"""Other people's counters behind one signature: what each reports, in its own unit, and what it says it left out.

An adapter corrects nothing: a number is the tool's, right or wrong, and the conventions of ``cost`` say what it means.
The network is left as it was, also where the tool fails half-way. Tools are imported when they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from inspect import signature
from io import StringIO
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from effbench.counting.counters.as_found import as_found, nothing_fused, without_gradients
from effbench.errors import EffbenchError, MissingExtra

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class ToolCount:
    """What one tool says about one network.

    Attributes:
        tool, version: who says it.
        value: the total, as the tool prints it.
        unit: what the tool's total is nearest to; its exact meaning is a convention.
        by_module: module path -> total of the module and all below it, the empty path being the network; None if the
            tool only prints them.
        uncounted: operators or types of module that the tool says it did not count, in the order it met them.
    """

    tool: str
    version: str
    value: int
    unit: Literal["MAC", "FLOP"]
    by_module: dict[str, int] | None
    uncounted: tuple[str, ...]


def fvcore_count(network: nn.Module, inputs: Sequence[Tensor]) -> ToolCount:
    """``fvcore.nn.FlopCountAnalysis``: MACs and some norms, from a trace; it cannot trace on the meta device."""
    analysed = _imported("fvcore.nn").FlopCountAnalysis
    on_meta = any(t.device.type == "meta" for t in network.parameters())
    hint = "it traces the network, which fails on the meta device; use the cpu" if on_meta else ""
    with as_found(network), _one_line_error("fvcore", hint):
        analysis = analysed(network, tuple(inputs)).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        return ToolCount(
            tool="fvcore",
            version=version("fvcore"),
            value=int(analysis.total()),
            unit="MAC",
            by_module={path: int(n) for path, n in analysis.by_module().items()},
            uncounted=tuple(analysis.unsupported_ops()),
        )


def ptflops_count(
    network: nn.Module, inputs: Sequence[Tensor], backend: Literal["pytorch", "aten"] = "pytorch"
) -> ToolCount:
    """``ptflops.get_model_complexity_info``, in eval mode as ptflops sets it.

    Args:
        backend: ``"pytorch"``, ptflops' own choice, has rules for types of module and patches PyTorch's functions;
            ``"aten"`` has rules for six operators. Of a batch, the former divides what modules do by the number of
            images, but not what functions do; the latter divides nothing.
    """
    measured = _imported("ptflops").get_model_complexity_info
    tool = "ptflops" if backend == "pytorch" else f"ptflops_{backend}"
    said = StringIO()
    caller = _caller(network, inputs)
    with as_found(network), _one_line_error(tool):
        value, _ = measured(
            caller,
            (1,),
            input_constructor=lambda _: inputs[0],
            backend=backend,
            as_strings=False,
            print_per_layer_stat=False,
            verbose=True,
            ost=said,
        )
        if caller.error is not None:
            raise caller.error
        if value is None:
            raise RuntimeError("it gives no number; see what it printed")
    return ToolCount(
        tool=tool,
        version=version("ptflops"),
        value=int(value),
        unit="MAC",
        by_module=None,
        uncounted=tuple(dict.fromkeys(_zero_ops(said.getvalue(), type(caller).__name__))),
    )


def torch_count(network: nn.Module, inputs: Sequence[Tensor]) -> ToolCount:
    """``torch.utils.flop_counter.FlopCounterMode``, forward pass.

    Nothing requires a gradient meanwhile: the tool follows gradients to name modules, and raises an AssertionError
    where a network computes an inner input from a parameter under ``no_grad``. PyTorch's fused encoder layers, which
    run only without gradients and which the tool counts as 0, are off, as they are where gradients are on.
    """
    mode = _imported("torch.utils.flop_counter").FlopCounterMode
    options = {"display": False, "skip_unsupported": True}
    with as_found(network), _one_line_error("torch"), without_gradients(network), nothing_fused():
        counter = mode(**{name: value for name, value in options.items() if name in signature(mode).parameters})
        with counter:
            network(*inputs)
    totals = {name: sum(by_op.values()) for name, by_op in counter.get_flop_counts().items()}
    root = type(network).__name__
    return ToolCount(
        tool="torch",
        version=version("torch"),
        value=counter.get_total_flops(),
        unit="FLOP",
        by_module={
            **{name.removeprefix(f"{root}."): n for name, n in totals.items() if name not in (root, "Global")},
            "": counter.get_total_flops(),
        },
        uncounted=tuple(counter.get_unsupported_ops()) if hasattr(counter, "get_unsupported_ops") else (),
    )


def ptflops_aten_count(network: nn.Module, inputs: Sequence[Tensor]) -> ToolCount:
    """``ptflops_count`` with the back end of operators."""
    return ptflops_count(network, inputs, backend="aten")


ADAPTERS: dict[str, Callable[[nn.Module, Sequence[Tensor]], ToolCount]] = {
    "fvcore": fvcore_count,
    "ptflops": ptflops_count,
    "ptflops_aten": ptflops_aten_count,
    "torch": torch_count,
}
"""Name of a tool -> its adapter, called with the network and its positional inputs."""


def _imported(module: str) -> ModuleType:
    """The module, or the pip line that installs it."""
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = (error.name or package).partition(".")[0]
        raise MissingExtra(f"counting with {package}", missing, extra="measure") from None


def _caller(network: nn.Module, inputs: Sequence[Tensor]) -> nn.Module:
    """A module around the network: ptflops passes one tensor only, and prints an error instead of raising it."""
    from torch import nn

    class Caller(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.error: BaseException | None = None

        def forward(self, first: object) -> None:
            try:
                network(*inputs)
            except BaseException as error:  # an interrupt too: ptflops must get to take its patches back
                self.error = error

    return Caller()


def _zero_ops(said: str, caller: str) -> Iterator[str]:
    """``Warning: aten.gelu operation is treated as a zero-op`` -> ``aten.gelu``, of every line; modules likewise."""
    for line in said.splitlines():
        name = line.removeprefix("Warning: ").removeprefix("module ").removesuffix(".")
        name = name.removesuffix(" is treated as a zero-op").removesuffix(" operation")
        if name and name != caller:
            yield name


@contextmanager
def _one_line_error(tool: str, hint: str = "") -> Iterator[None]:
    """Whatever a tool or the network raises, as one line: the hint, or else the error's own first line."""
    try:
        yield
    except Exception as error:
        reason = hint or (str(error).strip() or "no reason given").splitlines()[0]
        raise EffbenchError(f"{tool} cannot count this network: {reason} ({type(error).__name__})") from error
