"""Drawn networks: counted as PyTorch counts them, and priced as every tool said; what a tool's calls cannot give."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from against_torch import BATCHES, case  # noqa: E402 - after the checks for what it needs
from drawn.networks import drawn  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.nn.utils import prune  # noqa: E402

from effbench.cost.convention import convention, every_convention  # noqa: E402
from effbench.counting.counters.dispatch import count  # noqa: E402

FIGURES: dict[str, dict[str, int]] = json.loads(Path(__file__).with_name("tool_figures.json").read_text("utf-8"))
"""Network -> tool -> what it said: ``benchmarks/against_tools.py --figures``."""


@pytest.mark.parametrize("seed", range(100, 116))
def test_products_are_pytorchs_at_every_batch(seed: int) -> None:
    with torch.device("meta"):
        one = drawn(seed)
        found = [case("drawn", one.network, one.input(batch)) for batch in BATCHES]
    assert [c.ours for c in found] == [c.theirs for c in found]
    assert {op for c in found for op in c.unpriced} == set()


def test_the_same_seed_draws_the_same_network() -> None:
    with torch.device("meta"):
        assert str(drawn(7).network) == str(drawn(7).network) != str(drawn(8).network)


@pytest.mark.parametrize("name", FIGURES)
def test_a_convention_gives_what_the_tool_said(name: str) -> None:
    with torch.device("meta"):
        one = drawn(int(name.split()[1]))
        counts = count(one.network, [one.input(1)], calls=True).forward
    said = {tool: figure for tool, figure in FIGURES[name].items() if isinstance(figure, int)}
    assert {tool: convention(tool).total(counts) for tool in said} == said


def test_every_tool_said_something() -> None:
    tools = {name for name, one in every_convention().items() if one.calls}
    variants = {"fvcore_written_attention", "fvcore_fused_attention", "ptflops_aten_fused_attention"}
    assert {tool for figures in FIGURES.values() for tool in figures} == tools - variants


class Of(nn.Module):
    """A linear layer on six tokens of eight, 384 MACs, and a function of it and the input."""

    def __init__(self, function: Callable[[nn.Module, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.layer, self.function = nn.Linear(8, 8, bias=False), function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self.layer, x)


class Twice(nn.Module):
    """One layer below two parents."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.Linear(8, 8, bias=False)
        self.one, self.two = nn.Sequential(layer), nn.Sequential(layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.two(self.one(x))


def pruned() -> nn.Module:
    layer = nn.Linear(8, 8, bias=False)
    prune.random_unstructured(layer, "weight", 0.5)
    return nn.Sequential(layer)


max_pool = F.max_pool1d  # kept under another name before a tool comes
CANNOT: list[tuple[str, str, Callable[[], nn.Module], int, int | None, int]] = [
    # tool, what it cannot, network, batch, the tool's figure (None: it fails), ours
    ("fvcore", "a result that nothing uses", lambda: Of(lambda f, x: (f(x), f(x))[0]), 1, 384, 768),
    ("torchprofile", "a result that nothing uses", lambda: Of(lambda f, x: (f(x), f(x))[0]), 1, 384, 768),
    ("fvcore", "a matrix product with a vector", lambda: Of(lambda f, x: f(x) @ f.weight[0]), 1, None, 768),
    ("torchprofile", "products of sizes", lambda: Of(lambda f, x: f(x.reshape(x.shape[0] * 6, 8))), 1, 385, 384),
    ("ptflops", "functions kept under another name", lambda: Of(lambda f, x: max_pool(f(x), 2)), 1, 384, 432),
    ("calflops", "functions kept under another name", lambda: Of(lambda f, x: max_pool(f(x), 2)), 1, 768, 816),
    ("ptflops", "a batch of several images", lambda: Of(lambda f, x: F.relu(f(x))), 4, 384 + 192, 4 * 384 + 192),
    ("ptflops", "a module below two parents", Twice, 1, 2 * 768, 768),
    ("ptflops_06", "a module below two parents", Twice, 1, 2 * 768, 768),
    ("thop", "a module below two parents", Twice, 1, 4 * 768, 768),
    ("calflops", "a module below two parents", Twice, 1, 4 * 768, 2 * 768),
    ("torchinfo", "pruned weights", pruned, 1, 32, 64),
]


@pytest.mark.parametrize(("tool", "what", "make", "batch", "theirs", "ours"), CANNOT)
def test_what_calls_cannot_give_is_said(tool, what, make, batch, theirs, ours) -> None:
    assert what in convention(tool).cannot
    network = make().eval()
    assert convention(tool).total(count(network, [torch.rand(batch, 6, 8)], calls=True).forward) == ours != theirs


def test_every_exception_is_shown() -> None:
    shown = {(tool, what) for tool, what, *_ in CANNOT}
    said = {(name, what) for name, one in every_convention().items() for what in one.cannot}
    assert {pair for pair in said if pair[0] not in ("fvcore_written_attention", "fvcore_fused_attention")} == shown
    assert all(len(one.cannot) <= 10 for one in every_convention().values())
