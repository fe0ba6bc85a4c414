"""Products, additions and weights, one call at a time: what the counter files for tiny shapes, by hand."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from effbench.counting.counters.dispatch import count  # noqa: E402


def case(name, expected, function, *shapes, **parameters):
    return pytest.param(function, parameters, shapes, expected, id=name)


EINSUM_SCORES, EINSUM_CHAIN = (partial(torch.einsum, e) for e in ("bhid,bhjd->bhij", "bi,ij,jk->bk"))


@pytest.mark.parametrize(
    ("function", "parameters", "shapes", "expected"),
    [
        # (tokens, in) x (in, out): 2·3·5 = 30; a bias on each of 2·5 outputs
        case("F.linear", {"mac_linear": 30}, F.linear, (2, 3), weight=(5, 3)),
        case("with a bias", {"mac_linear": 30, "bias_add": 10}, F.linear, (2, 3), weight=(5, 3), bias=(5,)),
        case("batch of 8", {"mac_linear": 240, "bias_add": 80}, F.linear, (8, 2, 3), weight=(5, 3), bias=(5,)),
        case("x @ w", {"mac_linear": 30}, lambda x, w: x @ w, (2, 3), w=(3, 5)),
        case("addmm", {"mac_linear": 30, "bias_add": 10}, lambda x, w, b: b.addmm(x, w), (2, 3), w=(3, 5), b=(5,)),
        # (out, in) x (in): 5·3
        case("w @ vector", {"mac_linear": 15}, lambda x, w: w @ x, (3,), w=(5, 3)),
        case("addmv", {"mac_linear": 15, "bias_add": 5}, lambda x, w, b: b.addmv(w, x), (3,), w=(5, 3), b=(5,)),
        # batch · m · k · n = 2·3 · 4·5·6 = 720; no side is a weight
        case("matmul 4d", {"mac_matmul": 720}, torch.matmul, (2, 3, 4, 5), (2, 3, 5, 6)),
        case("einsum of two", {"mac_matmul": 720}, EINSUM_SCORES, (2, 3, 4, 5), (2, 3, 6, 5)),
        # left to right: (2, 3) x (3, 4), then (2, 4) x (4, 5): 24 + 40
        case("einsum of three", {"mac_matmul": 64}, EINSUM_CHAIN, (2, 3), (3, 4), (4, 5)),
        case("dot", {"mac_matmul": 7}, torch.dot, (7,), (7,)),
        # 2 · 3·4·5 = 120; added to 2·3·5 outputs
        case("baddbmm", {"mac_matmul": 120, "residual_add": 30}, torch.baddbmm, (2, 3, 5), (2, 3, 4), (2, 4, 5)),
        # the same products, summed over the batch: 3·5 outputs
        case("addbmm", {"mac_matmul": 120, "residual_add": 15}, torch.addbmm, (3, 5), (2, 3, 4), (2, 4, 5)),
    ],
)
def test_matrix_products(kinds, calls, device, function, parameters, shapes, expected):
    assert kinds(lambda: calls(function, **parameters), shapes, device) == expected


# output pixels · c_out · (c_in / groups) · kernel; a bias on each output element
@pytest.mark.parametrize(
    ("make", "shape", "expected"),
    [
        # 6 · 5 · 3·3 = 270; 6·5 outputs
        pytest.param(lambda: nn.Conv1d(3, 5, 3), (1, 3, 8), {"mac_conv": 270, "bias_add": 30}, id="1d"),
        # 8x8 with stride 2, padding 1 -> 4x4: 16 · 5 · 3·9 = 2160; 16·5 outputs
        pytest.param(lambda: nn.Conv2d(3, 5, 3, 2, 1), (1, 3, 8, 8), {"mac_conv": 2160, "bias_add": 80}, id="2d"),
        # 2·2·2 · 5 · 3·27 = 3240
        pytest.param(lambda: nn.Conv3d(3, 5, 3, bias=False), (1, 3, 4, 4, 4), {"mac_conv": 3240}, id="3d"),
        # 4·4 · 8 · (8/4)·9 = 2304
        pytest.param(lambda: nn.Conv2d(8, 8, 3, 1, 1, 1, 4, False), (1, 8, 4, 4), {"mac_conv": 2304}, id="4 groups"),
        # 4·4 · 8 · 9 = 1152
        pytest.param(lambda: nn.Conv2d(8, 8, 3, 1, 1, 1, 8, False), (1, 8, 4, 4), {"mac_conv": 1152}, id="depthwise"),
        # dilation and batch: 8x8 -> 4x4; 2 · 16 · 5 · 3·9
        pytest.param(
            lambda: nn.Conv2d(3, 5, 3, dilation=2, bias=False),
            (2, 3, 8, 8),
            {"mac_conv": 4320},
            id="dilated, batch of 2",
        ),
        # every input pixel meets every weight of its channel: 16 · 3·5·2·2 = 960; 8·8·5 outputs
        pytest.param(
            lambda: nn.ConvTranspose2d(3, 5, 2, 2), (1, 3, 4, 4), {"mac_conv": 960, "bias_add": 320}, id="transposed"
        ),
        # 16 · 4 · (6/2)·2·2 = 768, from weight (4, 3, 2, 2)
        pytest.param(
            lambda: nn.ConvTranspose2d(4, 6, 2, 2, groups=2, bias=False),
            (1, 4, 4, 4),
            {"mac_conv": 768},
            id="transposed, 2 groups",
        ),
    ],
)
def test_convolutions(kinds, device, make, shape, expected):
    assert kinds(make, [shape], device) == expected


TOKENS = (2, 5, 4)  # 40 elements


@pytest.mark.parametrize(
    ("function", "parameters", "shapes", "expected"),
    [
        case("skip connection", {"residual_add": 40}, lambda x: x + x, TOKENS),
        case("in place", {"residual_add": 40}, lambda x: x.clone().add_(x), TOKENS),
        case("bias vector", {"bias_add": 40}, lambda x, b: x + b, TOKENS, b=(4,)),
        case("scalar parameter", {"bias_add": 40}, lambda x, b: x - b, TOKENS, b=()),
        case("position table", {"embed_add": 40}, lambda x, p: x + p, TOKENS, p=(1, 5, 4)),
        case("position table on the left", {"embed_add": 40}, lambda x, p: p.expand(2, 5, 4) + x, TOKENS, p=(1, 5, 4)),
        case("part of a table", {"embed_add": 40}, lambda x, p: x + p[:, 1:], TOKENS, p=(1, 6, 4)),
        case("rows of a table", {"embed_add": 40}, lambda x, p: x + p[torch.arange(5)], TOKENS, p=(9, 4)),
        case("offset", {"other_elem": 40}, lambda x: 1 - x, TOKENS),
    ],
)
def test_additions(kinds, calls, device, function, parameters, shapes, expected):
    assert kinds(lambda: calls(function, **parameters), shapes, device) == expected


def standardised(x, w):
    """A linear layer with weight standardisation: mean, difference, deviation, quotient of the weight."""
    return F.linear(x, (w - w.mean(1, keepdim=True)) / w.std(1, keepdim=True))


# x is (2, 5, 4), a weight (3, 4): 10 tokens · 3·4 = 120 MACs, whatever was done to the weight before
@pytest.mark.parametrize(
    ("function", "parameters", "shapes", "expected"),
    [
        # 12 weights, four steps on each
        case("standardised", {"weight_elem": 48, "mac_linear": 120}, standardised, TOKENS, w=(3, 4)),
        case("scaled", {"weight_elem": 12, "mac_linear": 120}, lambda x, w: F.linear(x, 2 * w), TOKENS, w=(3, 4)),
        case(
            "normalised",
            {"weight_elem": 12, "mac_linear": 120},
            lambda x, w: F.linear(x, F.layer_norm(w, (4,))),
            TOKENS,
            w=(3, 4),
        ),
        case(
            "softmax", {"weight_elem": 12, "mac_linear": 120}, lambda x, w: F.linear(x, w.softmax(0)), TOKENS, w=(3, 4)
        ),
        case(
            "joined",
            {"mac_linear": 120, "bias_add": 30},
            lambda x, w, b: F.linear(x, w, torch.cat((b, b, b))),
            TOKENS,
            w=(3, 4),
            b=(1,),
        ),
        # a table of 2x2 positions stretched to 4x4, channel by channel: 64; added to 16 tokens of 4
        case(
            "resized table",
            {"weight_elem": 64, "embed_add": 64},
            lambda x, p: x + F.interpolate(p, (4, 4)),
            (1, 4, 4, 4),
            p=(1, 4, 2, 2),
        ),
    ],
)
def test_weights_made_from_weights(kinds, calls, device, function, parameters, shapes, expected):
    assert kinds(lambda: calls(function, **parameters), shapes, device) == expected


# (4, 4) weight, 2 tokens: 32 MACs and 8 biases; PyTorch's own kernel makes the 16 weights.
def test_weight_norm(kinds, device):
    made = kinds(lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)), [(2, 4)], device)
    assert made == {"weight_elem": 16, "mac_linear": 32, "bias_add": 8}


# The largest singular value is uᵀ(Wv): a product with the matrix, 16, and one of vectors, 4; 16 weights are divided.
def test_spectral_norm(kinds, device):
    made = kinds(lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 4)), [(2, 4)], device)
    assert (made["mac_linear"], made["mac_matmul"]) == (32, 16 + 4)
    assert made["weight_elem"] == 16


# 2 · 5 tokens of width 4 looked up: their norm is that of activations, 40; 10 · 4·3 MACs.
def test_embeddings_of_the_input_are_no_weights(device):
    with torch.device(device):
        network = nn.Sequential(nn.Embedding(9, 4), nn.LayerNorm(4), nn.Linear(4, 3, bias=False))
        found = count(network, [torch.zeros(2, 5, dtype=torch.long)]).forward.by_kind()
    assert found == {"layer_norm_elem": 40, "mac_linear": 120, "param": 36 + 8 + 12}


# LSTM, 8 -> 16, 2·5 steps: each (8 + 16) · 4·16 MACs and two biases on the 64 gates; then per element of the state
# the sum of both products (4) and of two terms (1), non-linearities on the gates (4) and on the state (1), 3 products.
def test_lstm(kinds, device):
    steps = 2 * 5
    assert kinds(lambda: nn.LSTM(8, 16, batch_first=True), [(2, 5, 8)], device) == {
        "mac_linear": steps * 24 * 64,
        "bias_add": 2 * steps * 64,
        "residual_add": 5 * steps * 16,
        "act_elem": 5 * steps * 16,
        "mul_elem": 3 * steps * 16,
    }
