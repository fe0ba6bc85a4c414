"""CeiT: exact size and cost at both sizes of the tables, and its three new parts."""

from __future__ import annotations

import pytest

from effbench.errors import SpecError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")


from effbench.models.networks.ceit import ImageToTokens, LayerwiseClassAttention, LeFF  # noqa: E402


# The released code (github.com/coeusguo/ceit, 44c16d3), counted in the same way, has the same totals. The position
# table grows from 14² + 1 to 24² + 1 rows of 384, by 145 920.
@pytest.mark.parametrize(("size", "expected"), [(224, 24_204_840), (384, 24_204_840 + 145_920)])
def test_parameters(counted, size, expected):
    assert counted("ceit_small", size)[0] == expected


# N patches and L = N + 1 tokens of width D = 384. Stem: 64 channels of 7x7x3 on half the side, then 4x4x64 per patch.
# Block: attention 4LD² + 2L²D; LeFF on the patches, N(8D² + 9 * 4D). Over the 12 layers' class tokens: k and v of all,
# q and proj of one, two products, an MLP of one token. At 384 this is the 12.9 G that the paper prints plus the
# attention products, 3.07 G.
@pytest.mark.parametrize(("size", "expected"), [(224, 4_759_544_832), (384, 15_980_209_152)])
def test_macs(counted, size, expected):
    d, n = 384, (size // 16) ** 2
    stem = (size // 2) ** 2 * 64 * 147 + n * d * 16 * 64
    block = 4 * (n + 1) * d**2 + 2 * (n + 1) ** 2 * d + n * (8 * d**2 + 9 * 4 * d)
    layers = 12 * 2 * d**2 + 2 * d**2 + 2 * 12 * d + 8 * d**2
    assert counted("ceit_small", size)[1] == expected == stem + 12 * block + layers + 1000 * d


def small():
    return resolve("ceit_small:num_classes=5,stem_width=4,width=16,depth=3,num_heads=2").at_size(32).build()


def test_every_parameter_learns(learns):
    learns(small(), 32)


def test_stem_cuts_the_side_by_16():
    assert ImageToTokens(4, 16)(torch.randn(2, 3, 32, 48)).shape == (2, 16, 2, 3)


def test_class_token_passes_leff_unchanged():
    x = torch.randn(2, 1 + 9, 16)
    y = LeFF(16, 32)(x)
    torch.testing.assert_close(y[:, 0], x[:, 0], rtol=0, atol=0)
    assert not torch.allclose(y[:, 1:], x[:, 1:])


# One depth-wise 3x3 between 1x1s: in a 5x5 map, changing a corner reaches the 2x2 patches around it only.
def test_leff_mixes_a_patch_with_its_neighbours_only():
    leff = LeFF(16, 32).eval()
    x = torch.randn(1, 1 + 25, 16)
    changed = x.clone()
    changed[:, 1] += 1
    moved = (leff(changed) != leff(x)).any(dim=-1)[0, 1:].reshape(5, 5)
    assert moved.nonzero().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_layers_are_read_as_a_set_by_the_last_one():
    lca = LayerwiseClassAttention(16, 2, 32)
    layers = torch.randn(2, 4, 16)  # last layer first
    torch.testing.assert_close(lca(layers[:, [0, 3, 1, 2]]), lca(layers))
    assert not torch.allclose(lca(layers[:, [1, 0, 2, 3]]), lca(layers))


def test_last_layers_class_token_asks():
    """With nothing to add (zero projections), the attention over layers returns the last block's class token."""
    torch.manual_seed(0)
    model = small().eval()
    for layer in (model.lca.attn.proj, model.lca.mlp.fc2):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    last = []
    model.blocks[-1].register_forward_hook(lambda module, inputs, output: last.append(output[:, 0]))
    logits = model(torch.randn(2, 3, 32, 32))
    torch.testing.assert_close(logits, model.head(model.norm(last[0])))


def test_side_must_be_a_multiple_of_16():
    with pytest.raises(SpecError, match="multiple of 16"):
        resolve("ceit_small").at_size(232)
