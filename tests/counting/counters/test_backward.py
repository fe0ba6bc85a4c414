"""The backward pass: two products for each of the forward pass, filed where that one is; what is repeated, apart."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop  # noqa: E402

from effbench.cost.kinds import MAC_KINDS  # noqa: E402
from effbench.counting.counters.dispatch import count  # noqa: E402
from effbench.errors import EffbenchError  # noqa: E402


def macs(counts, *kinds):
    """(path, kind) -> multiply-accumulates."""
    return {key: n for key, n in counts.items.items() if key[1] in (kinds or MAC_KINDS)}


def both_passes(network, *shapes, device, needs_gradient=False):
    inputs = [torch.rand(shape, device=device, requires_grad=needs_gradient) for shape in shapes]
    found = count(network.to(device), inputs, backward=True)
    assert found.uncounted == ()
    return found


LAYERS = [
    pytest.param(lambda: nn.Linear(4, 6), (2, 5, 4), id="linear"),
    pytest.param(lambda: nn.Conv1d(4, 6, 3), (2, 4, 8), id="conv 1d"),
    pytest.param(lambda: nn.Conv2d(32, 32, 3, padding=1), (2, 32, 4, 4), id="conv"),
    # PyTorch 2.15's own FlopCounterMode says 5 and 33 times the forward pass to the next two: its gradient of the
    # weight forgets the groups
    pytest.param(lambda: nn.Conv2d(32, 32, 3, padding=1, groups=4), (2, 32, 4, 4), id="conv, 4 groups"),
    pytest.param(lambda: nn.Conv2d(32, 32, 3, padding=1, groups=32), (2, 32, 4, 4), id="conv, depthwise"),
    pytest.param(lambda: nn.Conv2d(4, 6, 3, stride=2, bias=False), (2, 4, 9, 9), id="conv, stride 2"),
    pytest.param(lambda: nn.ConvTranspose2d(4, 6, 2, 2), (2, 4, 4, 4), id="transposed conv"),
    pytest.param(lambda: nn.ConvTranspose2d(4, 6, 2, 2, groups=2), (2, 4, 4, 4), id="transposed conv, 2 groups"),
]


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_gradients_of_input_and_weight_cost_a_forward_pass_each(make, shape, device):
    found = both_passes(make(), shape, device=device, needs_gradient=True)
    assert macs(found.backward) == {key: 2 * n for key, n in macs(found.forward).items()}


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_an_input_that_needs_no_gradient_saves_half(make, shape, device):
    found = both_passes(make(), shape, device=device)
    assert macs(found.backward) == macs(found.forward)


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_a_frozen_layer_passes_gradients_on_and_makes_none(make, shape, device):
    found = both_passes(make().requires_grad_(False), shape, device=device, needs_gradient=True)
    assert macs(found.backward) == macs(found.forward)


# 3 layers, the first two frozen: nothing below the third needs a gradient.
def test_below_the_lowest_trained_layer_nothing_is_run(device):
    network = nn.Sequential(*(nn.Linear(4, 4, bias=False) for _ in range(3)))
    network[:2].requires_grad_(False)
    found = both_passes(network, (2, 4), device=device)
    assert found.backward.items == {("2", "mac_linear"): 2 * 4 * 4}


# The bias of 6 channels sums the gradient of 2·5 tokens.
def test_the_gradient_of_a_bias_is_a_sum(device):
    found = both_passes(nn.Linear(4, 6), (2, 5, 4), device=device)
    assert found.backward.items["", "reduce_elem"] == 2 * 5 * 6


class Repeat(nn.Module):
    """One row as three."""

    def forward(self, x):
        return x.expand(3, 4)


# A view costs nothing forward; backward its 3·4 gradients are summed.
def test_what_a_view_costs_backward_is_filed_where_the_view_is(device):
    found = both_passes(nn.Sequential(nn.Linear(4, 4, bias=False), Repeat()), (1, 4), device=device)
    assert found.backward.items == {("1", "reduce_elem"): 12, ("0", "mac_linear"): 16}


class SelfAttention(nn.Module):
    """Two heads of width 4, fused or written out."""

    def __init__(self, fused):
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.fused = fused

    def forward(self, x):  # (2, 5, 8)
        q, k, v = self.qkv(x).reshape(2, 5, 3, 2, 4).permute(2, 0, 3, 1, 4)
        return F.scaled_dot_product_attention(q, k, v) if self.fused else (q @ k.mT / 2).softmax(-1) @ v


# 2·2 heads · 5·5 scores · 4 = 400 MACs in each product, 100 scores; the layer 10 · 8·24 and no gradient of the input.
ATTENTION = {("qkv", "mac_linear"): 1920, ("", "mac_qk"): 800, ("", "mac_av"): 800, ("", "softmax_elem"): 100}
BACKENDS = [(True, SDPBackend.MATH), (True, SDPBackend.FLASH_ATTENTION), (False, SDPBackend.MATH)]


@pytest.mark.parametrize(("fused", "backend"), BACKENDS, ids=["math", "flash", "written out"])
def test_attention_costs_the_same_in_every_spelling(fused, backend, device):
    with sdpa_kernel(backend):
        found = both_passes(SelfAttention(fused), (2, 5, 8), device=device)
    assert macs(found.backward, *MAC_KINDS, "softmax_elem") == ATTENTION


# The flash kernel does not keep the scores: QKᵀ, 400, is computed again. On meta PyTorch decomposes, and keeps them.
@pytest.mark.parametrize(
    ("backend", "where", "again"),
    [
        (SDPBackend.FLASH_ATTENTION, "cpu", {("", "mac_qk"): 400}),
        (SDPBackend.MATH, "cpu", {}),
        (SDPBackend.FLASH_ATTENTION, "meta", {}),
    ],
)
def test_scores_that_fused_attention_computes_again_stand_apart(backend, where, again):
    with sdpa_kernel(backend):
        found = both_passes(SelfAttention(fused=True), (2, 5, 8), device=where)
    assert found.recomputed.items == again


class Block(nn.Module):
    """Two layers, run plainly or as a checkpoint; what ends it must be kept, so nothing of it can be left out."""

    def __init__(self, **options):
        super().__init__()
        self.a, self.b = nn.Linear(8, 16, bias=False), nn.Linear(16, 8, bias=False)
        self.options = options

    def body(self, x):
        return self.b(self.a(x).relu()).sigmoid()

    def forward(self, x):
        return checkpoint(self.body, x, **self.options) if self.options else self.body(x)


def network(**options):
    return nn.Sequential(nn.Linear(8, 8, bias=False), Block(**options), nn.Linear(8, 3))


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_a_checkpoint_repeats_its_forward_pass_on_a_line_of_its_own(use_reentrant, device):
    plain = both_passes(network(), (2, 8), device=device)
    found = both_passes(network(use_reentrant=use_reentrant), (2, 8), device=device)
    # the two layers by their own names, and both non-linearities of 2 · (16 + 8) elements
    assert macs(found.recomputed) == {("1.a", "mac_linear"): 2 * 8 * 16, ("1.b", "mac_linear"): 2 * 16 * 8}
    assert found.recomputed.of("act_elem") == plain.forward.of("act_elem") == 48
    assert found.forward == plain.forward
    assert found.backward.by_kind() == plain.backward.by_kind()
    assert macs(found.backward) == macs(plain.backward)
    assert plain.recomputed.items == {}


# PyTorch stops once it has all it needs: the last layer's own output is not.
@pytest.mark.parametrize(("early_stop", "layers"), [(True, {"0"}), (False, {"0", "1"})])
def test_a_checkpoint_that_stops_early_repeats_less(early_stop, layers, device):
    part = nn.Sequential(nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False))

    class Part(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.part = nn.Linear(8, 8), part

        def forward(self, x):
            return checkpoint(self.part, self.first(x), use_reentrant=False)

    with set_checkpoint_early_stop(early_stop):
        found = both_passes(Part(), (2, 8), device=device)
    assert macs(found.recomputed) == {(f"part.{name}", "mac_linear"): 2 * 8 * 8 for name in layers}


# Only the layer that sees the image is spared a product: its input needs no gradient.
@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("vit_tiny_patch16_224", "patch_embed.proj"),
        ("mvitv2_tiny", "patch_embed.proj"),  # depthwise pooling, relative positions
        ("twins_svt_small", "patch_embeds.0.proj"),
        ("swin_tiny_patch4_window7_224", "patch_embed.proj"),
        ("convnext_atto", "stem.0"),
    ],
)
def test_networks_cost_twice_their_forward_pass_but_for_the_first_layer(name, first):
    timm = pytest.importorskip("timm")
    with torch.device("meta"):
        network = timm.create_model(name)
    found = both_passes(network, (1, 3, 224, 224), device="meta")
    expected = {key: (1 if key[0] == first else 2) * n for key, n in macs(found.forward).items()}
    assert macs(found.backward) == expected


def test_without_anything_to_train_there_is_no_backward_pass():
    with pytest.raises(EffbenchError, match="no output depends on a parameter that is trained"):
        count(nn.Linear(4, 4).requires_grad_(False), [torch.rand(2, 4)], backward=True)


def test_a_forward_count_has_no_backward_pass():
    found = count(nn.Linear(4, 4), [torch.rand(2, 4)])
    assert (found.backward, found.recomputed) == (None, None)
