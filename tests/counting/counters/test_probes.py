"""Networks that break counters: each multiply-accumulate is found, or the operator that hides it is named."""

import math

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from effbench.cost.kinds import MAC_KINDS  # noqa: E402
from effbench.counting.counters.dispatch import count  # noqa: E402

L, D = 16, 64
LAYER = L * D * D  # one linear layer on 16 tokens of width 64
HEADS = 4
PRODUCT = L * L * D  # QKᵀ of all heads, or AV


def layer():
    return nn.Linear(D, D, bias=False)


class Applied(nn.Module):
    """A function of the parts, and of the inputs."""

    def __init__(self, function, *parts):
        super().__init__()
        self.function = function
        self.parts = nn.ModuleList(parts)

    def forward(self, *inputs):
        return self.function(*self.parts, *inputs)


class Aliased(nn.Module):
    """One layer under two names."""

    def __init__(self):
        super().__init__()
        self.first = self.second = layer()

    def forward(self, x):
        return self.second(self.first(x))


def without_gradients(make):
    """The network after ``eval()``, called under no_grad: PyTorch takes its fused fast paths."""
    return Applied(torch.no_grad()(lambda network, x: network(x)), make()).eval()


def in_inference_mode(a, b, x):
    with torch.inference_mode():
        return b(a(x))


def exit_early(threshold):
    """Four layers; the first output whose largest value exceeds the threshold is returned."""

    def forward(*parts_and_input):
        *parts, x = parts_and_input
        for part in parts:
            x = part(x)
            if x.max() > threshold:
                break
        return x

    return lambda: Applied(forward, *(layer() for _ in range(4)))


def pruned(a, b, x):
    """Half of the tokens go on after the first layer."""
    x = a(x)
    kept = x.norm(dim=-1).topk(L // 2, dim=1).indices
    return b(x.gather(1, kept.unsqueeze(-1).expand(-1, -1, D)))


def quantised():
    if not hasattr(torch.ao.quantization, "quantize_dynamic"):
        pytest.skip("this PyTorch has no dynamic quantisation")
    return torch.ao.quantization.quantize_dynamic(nn.Sequential(layer(), nn.ReLU(), layer()), {nn.Linear})


def self_attention(**options):
    mha = nn.MultiheadAttention(D, HEADS, batch_first=True)
    return Applied(lambda m, x: m(x, x, x, **options)[0], mha)


def encoder_layer():
    return nn.TransformerEncoderLayer(D, HEADS, 2 * D, batch_first=True)


def fused(**options):
    return lambda: Applied(lambda *qkv: F.scaled_dot_product_attention(*qkv, **options))


def vit_b_16():
    return pytest.importorskip("torchvision").models.vit_b_16()


def swin_t():
    return pytest.importorskip("torchvision").models.swin_t().eval()


# ViT-B/16: 196 patches of 3·16², 12 blocks of 12LD² + 2L²D with L = 197, head.
VIT_B = 196 * 768 * 768 + 12 * (12 * 197 * 768**2 + 2 * 197**2 * 768) + 768 * 1000
# Swin-T: per block 12nC² + 2·49nC; n = 56², …, 7² tokens of width 96, …, 768; between stages (n/4) tokens 4C -> 2C.
STAGES = [(depth, (56 >> i) ** 2, 96 << i) for i, depth in enumerate((2, 2, 6, 2))]
SWIN_T = (
    56**2 * 96 * 48
    + sum(depth * (12 * n * c**2 + 2 * 49 * n * c) for depth, n, c in STAGES)
    + sum(n // 4 * 4 * c * 2 * c for _, n, c in STAGES[:3])
    + 768 * 1000
)

BOTH, CPU = ("cpu", "meta"), ("cpu",)
TOKENS, IMAGE, QKV = [(1, L, D)], [(1, 3, 224, 224)], [(1, HEADS, L, D // HEADS)] * 3

PROBES = [
    # name, network, shapes of the inputs, MACs, where it runs
    ("linear without bias", layer, TOKENS, LAYER, BOTH),
    ("linear", lambda: nn.Linear(D, D), TOKENS, LAYER, BOTH),
    ("batch of 8", lambda: nn.Linear(D, D), [(8, L, D)], 8 * LAYER, BOTH),
    ("F.linear", lambda: Applied(F.linear), [(1, L, D), (D, D)], LAYER, BOTH),
    ("x @ w", lambda: Applied(torch.matmul), [(1, L, D), (D, D)], LAYER, BOTH),
    ("matmul 4d", lambda: Applied(torch.matmul), [(1, 4, L, 16), (1, 4, 16, L)], PRODUCT, BOTH),
    ("einsum", lambda: Applied(lambda *x: torch.einsum("bhid,bhjd->bhij", *x)), QKV[:2], PRODUCT, BOTH),
    # (2, 8) x (8, 16), then (2, 16) x (16, 32)
    (
        "einsum of three",
        lambda: Applied(lambda *x: torch.einsum("bi,ij,jk->bk", *x)),
        [(2, 8), (8, 16), (16, 32)],
        2 * 8 * 16 + 2 * 16 * 32,
        BOTH,
    ),
    ("baddbmm", lambda: Applied(torch.baddbmm), [(4, L, L), (4, L, 16), (4, 16, L)], PRODUCT, BOTH),
    ("fused attention", fused(), QKV, 2 * PRODUCT, BOTH),
    ("fused attention, causal", fused(is_causal=True), QKV, 2 * PRODUCT, BOTH),
    ("fused attention, mask", lambda: Applied(F.scaled_dot_product_attention), [*QKV, (L, L)], 2 * PRODUCT, BOTH),
    (
        "fused attention, grouped queries",
        fused(enable_gqa=True),
        [(1, 8, L, 16), (1, 2, L, 16), (1, 2, L, 16)],
        2 * 8 * L * L * 16,
        BOTH,
    ),
    # 16 queries, 32 keys of width 16, values of width 24
    ("fused attention, cross", fused(), [(1, 4, L, 16), (1, 4, 32, 16), (1, 4, 32, 24)], 4 * L * 32 * (16 + 24), BOTH),
    ("MultiheadAttention", self_attention, TOKENS, 4 * LAYER + 2 * PRODUCT, BOTH),
    ("MultiheadAttention, fast path", lambda: without_gradients(self_attention), TOKENS, 4 * LAYER + 2 * PRODUCT, BOTH),
    (
        "TransformerEncoderLayer, fast path",
        lambda: without_gradients(encoder_layer),
        TOKENS,
        8 * LAYER + 2 * PRODUCT,
        BOTH,
    ),
    # 16x16 -> 8x8
    ("conv", lambda: nn.Conv2d(3, 8, 3, 2, 1), [(1, 3, 16, 16)], 64 * 8 * 27, BOTH),
    ("conv, depthwise", lambda: nn.Conv2d(8, 8, 3, 1, 1, groups=8), [(1, 8, 16, 16)], 256 * 8 * 9, BOTH),
    (
        "F.conv2d, grouped",
        lambda: Applied(lambda x, w: F.conv2d(x, w, groups=4)),
        [(1, 8, 16, 16), (8, 2, 1, 1)],
        256 * 8 * 2,
        BOTH,
    ),
    # every one of 16² pixels meets 3·8·2·2 weights
    ("conv, transposed", lambda: nn.ConvTranspose2d(3, 8, 2, 2), [(1, 3, 16, 16)], 256 * 96, BOTH),
    ("conv 1d", lambda: nn.Conv1d(3, 8, 3, padding=1), [(1, 3, 16)], 16 * 8 * 9, BOTH),
    ("module called twice", lambda: Applied(lambda a, x: a(a(x)), layer()), TOKENS, 2 * LAYER, BOTH),
    ("module under two names", Aliased, TOKENS, 2 * LAYER, BOTH),
    ("forward called directly", lambda: Applied(lambda a, x: a.forward(x), layer()), TOKENS, LAYER, BOTH),
    ("dictionary out", lambda: Applied(lambda a, x: {"out": a(x)}, layer()), TOKENS, LAYER, BOTH),
    ("two inputs", lambda: Applied(lambda a, x, y: a(x) + a(y), layer()), TOKENS * 2, 2 * LAYER, BOTH),
    ("early exit at 1 of 4", exit_early(-math.inf), TOKENS, LAYER, CPU),
    ("early exit at 4 of 4", exit_early(math.inf), TOKENS, 4 * LAYER, CPU),
    ("token pruning", lambda: Applied(pruned, layer(), layer()), TOKENS, LAYER + LAYER // 2, BOTH),
    (
        "checkpoint",
        lambda: Applied(lambda a, b, x: b(checkpoint(a, x, use_reentrant=False)), layer(), layer()),
        TOKENS,
        2 * LAYER,
        BOTH,
    ),
    (
        "compiled, eager",
        lambda: torch.compile(nn.Sequential(layer(), layer()), backend="eager"),
        TOKENS,
        2 * LAYER,
        BOTH,
    ),
    ("compiled, aot_eager", lambda: torch.compile(layer(), backend="aot_eager"), TOKENS, LAYER, BOTH),
    ("compiled part", lambda: nn.Sequential(layer(), torch.compile(layer(), backend="eager")), TOKENS, 2 * LAYER, BOTH),
    ("scripted", lambda: torch.jit.script(nn.Sequential(layer(), nn.ReLU(), layer())), TOKENS, 2 * LAYER, BOTH),
    ("int8, dynamic", quantised, TOKENS, 2 * LAYER, CPU),
    ("bfloat16", lambda: Applied(lambda a, x: a(x.bfloat16()), layer().bfloat16()), TOKENS, LAYER, BOTH),
    # 5 steps of 2 sequences, 8 -> 16: input and state each meet 4·16 gates
    ("LSTM", lambda: nn.LSTM(8, 16, batch_first=True), [(2, 5, 8)], 10 * (8 + 16) * 64, BOTH),
    ("inference mode inside", lambda: Applied(in_inference_mode, layer(), layer()), TOKENS, 2 * LAYER, BOTH),
    ("no product", lambda: nn.Sequential(nn.LayerNorm(D), nn.GELU(), nn.Softmax(-1)), TOKENS, 0, BOTH),
    ("vit_b_16", vit_b_16, IMAGE, VIT_B, ("meta",)),
    ("vit_b_16, fast path", lambda: without_gradients(vit_b_16), IMAGE, VIT_B, BOTH),
    ("swin_t", swin_t, IMAGE, SWIN_T, BOTH),
]


@pytest.mark.filterwarnings("ignore:.*deprecated")  # scripting and quantisation are on their way out of PyTorch
@pytest.mark.parametrize(
    ("make", "shapes", "macs", "where"),
    [
        pytest.param(make, shapes, macs, where, id=f"{name}-{where}")
        for name, make, shapes, macs, places in PROBES
        for where in places
    ],
)
def test_every_mac_is_found(make, shapes, macs, where):
    with torch.device(where):
        found = count(make(), [torch.rand(shape) for shape in shapes])
    assert found.uncounted == ()
    assert sum(found.forward.of(kind) for kind in MAC_KINDS) == macs
