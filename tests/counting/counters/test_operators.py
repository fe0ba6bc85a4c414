"""The histogram of a count: every operator of the forward pass, once for each time it runs."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from effbench.counting.counters.dispatch import count  # noqa: E402


class Attention(nn.Module):
    """Two norms, three projections and an attention on (1, 6, 8); the norms share their operator."""

    def __init__(self, norms: int = 2):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(8) for _ in range(norms)])
        self.projections = nn.ModuleList([nn.Linear(8, 8, bias=False) for _ in range(3)])

    def forward(self, x):
        for norm in self.norms:
            x = norm(x)
        q, k, v = (project(x).view(1, 6, 2, 4).transpose(1, 2) for project in self.projections)
        return F.scaled_dot_product_attention(q, k, v).sin()


@pytest.fixture(params=["meta", "cpu"])
def device(request):
    return request.param


def operators(network: nn.Module, device: str) -> dict[str, int]:
    return dict(count(network.to(device), [torch.zeros(1, 6, 8, device=device)]).operators)


def test_every_call_counts_once_whatever_runs_inside_it(device):
    found = operators(Attention(), device)
    wanted = {"aten.native_layer_norm": 2, "aten.mm": 3, "functional.scaled_dot_product_attention": 1, "aten.sin": 1}
    assert {name: found.get(name) for name in wanted} == wanted
    assert not any("scaled_dot" in name for name in found if name.startswith("aten."))  # it counts as one call
    assert "aten.new_empty" not in found  # nor do the empty results that stand for slow ones


def test_one_more_norm_is_one_more_operator(device):
    two, three = (operators(Attention(norms), device) for norms in (2, 3))
    assert three == {**two, "aten.native_layer_norm": 3}


def test_the_backward_pass_adds_nothing():
    network, x = Attention().to("meta"), torch.zeros(1, 6, 8, device="meta")
    forward, both = (count(network, [x], backward=backward).operators for backward in (False, True))
    assert both["aten.native_layer_norm"] == forward["aten.native_layer_norm"]
    assert not any("backward" in name for name in both)


def test_an_operator_without_a_price_is_seen_too():
    class Odd(nn.Module):
        def forward(self, x):
            return torch.linalg.qr(x).Q

    found = count(Odd(), [torch.zeros(1, 6, 8, device="meta")])
    assert found.operators["aten.linalg_qr"] == 1
    assert {one.op.split(".")[1] for one in found.uncounted} == {"linalg_qr"}


# The image needs no gradient, so the backward pass of a norm gives it none, and normalises 6 · 8 all the same.
def test_a_norm_of_the_image_runs_backward():
    found = count(nn.LayerNorm(8, device="meta"), [torch.zeros(1, 6, 8, device="meta")], backward=True)
    assert found.backward is not None
    assert found.backward.of("layer_norm_elem") == 48
