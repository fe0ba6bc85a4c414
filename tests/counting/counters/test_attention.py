"""Attention, fused or written out, costs the same in every spelling: hand numbers for tiny shapes."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402


def attention(q, k, v, mask=None):
    """Softmax attention, written out (without the scale)."""
    scores = q @ k.mT
    return (scores if mask is None else scores + mask).softmax(-1) @ v


FUSED = F.scaled_dot_product_attention
CAUSAL, GROUPED = partial(FUSED, is_causal=True), partial(FUSED, enable_gqa=True)


def scores(heads, queries, keys, width, value_width=None):
    """Dense attention: heads · queries · keys scores, each a product over the width; AV over that of the values."""
    n = heads * queries * keys
    return {"mac_qk": n * width, "softmax_elem": n, "mac_av": n * (value_width or width)}


SELF = [(2, 3, 5, 4)] * 3  # batch 2, 3 heads, 5 tokens of width 4


@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        # 2·3 · 5·5 = 150 scores of 4: 600 each
        pytest.param(FUSED, SELF, {"mac_qk": 600, "softmax_elem": 150, "mac_av": 600}, id="self"),
        pytest.param(attention, SELF, {"mac_qk": 600, "softmax_elem": 150, "mac_av": 600}, id="self, written out"),
        # dense attention computes what the mask then hides
        pytest.param(CAUSAL, SELF, scores(6, 5, 5, 4), id="causal"),
        pytest.param(FUSED, [*SELF, (5, 5)], scores(6, 5, 5, 4), id="mask"),
        pytest.param(
            attention, [*SELF, (5, 5)], {**scores(6, 5, 5, 4), "residual_add": 150}, id="mask added, written out"
        ),
        # 5 queries, 7 keys of width 4, values of width 6
        pytest.param(FUSED, [(2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 6)], scores(6, 5, 7, 4, 6), id="cross"),
        pytest.param(
            attention, [(2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 6)], scores(6, 5, 7, 4, 6), id="cross, written out"
        ),
        # 8 heads of queries share 2 of keys: the scores are those of 8
        pytest.param(GROUPED, [(1, 8, 5, 4), (1, 2, 5, 4), (1, 2, 5, 4)], scores(8, 5, 5, 4), id="grouped queries"),
        # one set of queries for a batch of 4
        pytest.param(FUSED, [(1, 3, 5, 4), (4, 3, 7, 4), (4, 3, 7, 4)], scores(12, 5, 7, 4), id="broadcast queries"),
        pytest.param(FUSED, [(3, 5, 4)] * 3, scores(3, 5, 5, 4), id="without heads"),
    ],
)
def test_attention(kinds, calls, device, function, shapes, expected):
    assert kinds(lambda: calls(function), shapes, device) == expected


class SoftmaxModule(nn.Module):
    """Attention whose softmax is a module of its own."""

    def __init__(self):
        super().__init__()
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, q, k, v):
        return self.softmax(q @ k.mT) @ v


def test_a_softmax_that_is_a_module_tells_its_parent(kinds, device):
    assert kinds(SoftmaxModule, SELF, device) == scores(6, 5, 5, 4)


# Projections 4 · 5 tokens · 8², biases on 5·(24 + 8); 2 heads, 5 tokens of width 4: 2·25 scores.
# With need_weights, the queries are scaled (40) and the weights averaged over heads (2·25).
@pytest.mark.parametrize(
    ("need_weights", "more"), [(False, {}), (True, {"mul_elem": 40, "mean_elem": 50})], ids=["fused", "written out"]
)
def test_multi_head_attention(kinds, device, need_weights, more):
    class Self(nn.MultiheadAttention):
        def forward(self, x):
            return super().forward(x, x, x, need_weights=need_weights)

    expected = {"mac_linear": 1280, "bias_add": 160, **scores(2, 5, 5, 4), **more}
    assert kinds(lambda: Self(8, 2, batch_first=True), [(1, 5, 8)], device) == expected
