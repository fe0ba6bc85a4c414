"""What the tests of networks share: sizes and costs on the meta device, and small networks that learn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from effbench.models.registry import resolve


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """These networks are small: threads that wait for one another would take twice the processor time."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def on_meta() -> Callable[..., object]:
    """``on_meta(name, side)``: the network of that name, built once, without values, in evaluation mode."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("timm")

    @cache
    def build(name: str, side: int | None = None):
        with torch.device("meta"):
            return resolve(name).at_size(side).build().eval()

    return build


@pytest.fixture(scope="session")
def counted(on_meta) -> Callable[..., tuple[int, int]]:
    """``counted(name, side)``: parameters, and multiply-accumulates of one image by PyTorch's own counter."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    @cache
    def count(name: str, side: int | None = None) -> tuple[int, int]:
        network, pixels = on_meta(name, side), side or resolve(name).spec.image_size
        with FlopCounterMode(display=False) as counter:
            network(torch.empty(1, 3, pixels, pixels, device="meta"))
        return sum(p.numel() for p in network.parameters()), counter.get_total_flops() // 2

    return count


@pytest.fixture
def learns() -> Callable[..., None]:
    """``learns(network, side)``: the network gives 5 finite logits, and every parameter that is trained a gradient."""
    torch = pytest.importorskip("torch")

    def check(network, side: int) -> None:
        for training in (False, True):
            logits = network.train(training)(torch.randn(4, 3, side, side))
            assert logits.shape == (4, 5)
            assert logits.isfinite().all()
            network.zero_grad()
            logits.square().sum().backward()
            trained = [p for p in network.parameters() if p.requires_grad]
            assert all(p.grad is not None and p.grad.isfinite().all() for p in trained)

    return check
