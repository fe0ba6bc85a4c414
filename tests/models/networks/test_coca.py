"""CoCa's image encoder against the arithmetic of its paper's Table 1."""

import pytest

from effbench.errors import SpecError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")


from effbench.models.networks.coca import coca_encoder  # noqa: E402
from effbench.models.spec.coca import CoCaSpec  # noqa: E402


def by_hand(side):
    """Parameters and MACs: 40 layers of 1408, MLP 6144, patch 18; one query pools."""
    d, m, n, depth = 1408, 6144, (side // 18) ** 2, 40
    attention, mlp = 4 * d * d + 4 * d, 2 * d * m + m + d
    # Patch convolution, position table; blocks with two LayerNorms; last LayerNorm.
    params = 18**2 * 3 * d + d + n * d + depth * (attention + mlp + 4 * d) + 2 * d
    macs = n * 18**2 * 3 * d + depth * (4 * n * d * d + 2 * n * n * d + 2 * n * d * m)
    # Pooler: the query and attention, no MLP; k and v of every token, all else once. Head.
    params += d + attention + d * 1000 + 1000
    macs += 2 * n * d * d + 2 * d * d + 2 * n * d + d * 1000
    return params, macs


@pytest.mark.parametrize("side", [288, 576])
def test_counts_are_those_of_the_arithmetic(counted, side):
    assert counted("coca_encoder", side) == by_hand(side)


def test_the_table_holds_it_at_576():
    # The paper's Table 1 prints 1B for the encoder, its text 576 pixels for evaluation.
    assert resolve("coca_encoder").spec.image_size == 576
    assert by_hand(576) == (1_022_167_528, 1_157_057_870_848)


def small(**shape):
    default = {"width": 32, "depth": 2, "num_heads": 4, "mlp_width": 48}
    return coca_encoder(CoCaSpec(image_size=54, num_classes=5, **default | shape))


def test_every_parameter_learns(learns):
    learns(small(), 54)


def test_one_query_pools_the_patches():
    network = small()
    assert network.cls_token is None
    assert network.pos_embed.shape == (1, 9, 32)
    assert network.attn_pool.latent.shape == (1, 1, 32)


@pytest.mark.parametrize(("width", "mlp_width"), [(1408, 6144), (96, 289), (36, 103), (44, 1)])
def test_the_mlp_is_as_wide_as_asked(width, mlp_width):
    with torch.device("meta"):
        network = small(width=width, mlp_width=mlp_width)
    assert {block.mlp.fc1.out_features for block in network.blocks} == {mlp_width}


@pytest.mark.parametrize("side", [17, 224])
def test_sides_must_be_multiples_of_the_patch(side):
    with pytest.raises(SpecError, match="18"):
        resolve("coca_encoder").at_size(side)
