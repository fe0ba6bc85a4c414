"""Counting tools behind one signature: network and one input in, the tool's own total out."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from importlib.metadata import version

import torch
from torch import nn

from effbench.cost.convention import convention
from effbench.counting.counters.adapters import fvcore_count, ptflops_count, torch_count


def thop(network: nn.Module, x: torch.Tensor) -> int:
    from thop import profile

    return int(profile(network, inputs=(x,), verbose=False)[0])


def torchinfo(network: nn.Module, x: torch.Tensor) -> int:
    from torchinfo import summary

    found = summary(network, input_data=[x], verbose=0, device=x.device, cache_forward_pass=False)
    return int(found.total_mult_adds)


def calflops(network: nn.Module, x: torch.Tensor) -> int:
    """It leaves its patches where it fails, so that the next figure would be a multiple."""
    from calflops import calculate_flops

    before = [(place, dict(vars(place))) for place in (torch.nn.functional, torch)]
    methods = {name: vars(torch.Tensor).get(name) for name in ("mul", "add", "matmul", "addmm")}
    try:
        found = calculate_flops(network, args=[x], output_as_string=False, print_results=False, print_detailed=False)
        return int(found[0])
    finally:
        for place, names in before:
            vars(place).update(names)
        for name, method in methods.items():
            if method is not None:
                setattr(torch.Tensor, name, method)
            elif name in vars(torch.Tensor):
                delattr(torch.Tensor, name)


class Given(nn.Module):
    """A network with its input."""

    def __init__(self, network: nn.Module, x: torch.Tensor) -> None:
        super().__init__()
        self.network, self.x = network, x

    def forward(self) -> object:
        return self.network(self.x)


def ptflops_06(network: nn.Module, x: torch.Tensor) -> int:
    """By a ptflops before 0.7, where one is installed in the place of the present one."""
    from ptflops import get_model_complexity_info

    options = {"as_strings": False, "print_per_layer_stat": False, "input_constructor": lambda shape: {}}
    return int(get_model_complexity_info(Given(network, x), (1,), **options)[0])


def torchprofile(network: nn.Module, x: torch.Tensor) -> int:
    from torchprofile import profile_macs

    return int(profile_macs(network, (x,)))


TOOLS: dict[str, tuple[str, Callable[[nn.Module, torch.Tensor], int]]] = {
    "fvcore": ("cpu", lambda network, x: fvcore_count(network, (x,)).value),
    "ptflops": ("cpu", lambda network, x: ptflops_count(network, (x,)).value),
    "ptflops_06": ("cpu", ptflops_06),
    "ptflops_aten": ("meta", lambda network, x: ptflops_count(network, (x,), backend="aten").value),
    "thop": ("cpu", thop),
    "torch": ("meta", lambda network, x: torch_count(network, (x,)).value),
    "torchinfo": ("cpu", torchinfo),
    "calflops": ("cpu", calflops),
    "torchprofile": ("cpu", torchprofile),
}
"""Convention -> the device that the tool runs on, and the tool."""


def is_installed(tool: str) -> bool:
    """Whether the installed edition, but for its last number, is the one that the convention is about."""
    return version(tool.partition("_")[0]).split(".")[:2] == convention(tool).version.split(".")[:2]


def figure(tool: str, network: nn.Module, x: torch.Tensor) -> int:
    """What the tool says, quietly."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        return TOOLS[tool][1](network, x)
