"""Peak activation memory of a block by hand; batches, precisions, fused attention."""

import pytest

from effbench.cost import ops
from effbench.cost.memory import BYTES, parameter_bytes, peak_activation_bytes, peak_moment
from effbench.cost.transformer import encoder_block
from effbench.models.registry import named_models, resolve

# every model with a formula; of Token Fusion, whose variations have the same blocks, the three methods
MODELS = [name for name in named_models() if resolve(name).has_formula and not name.startswith("token_fusion")]
MODELS += ["token_fusion_late", "token_fusion_early", "token_fusion_layerwise"]


@pytest.fixture
def block():
    """16 tokens of width 4, 2 heads, hidden 16: a stream of 64 elements."""
    return encoder_block(16, 4, 2, 16)


def test_the_peak_of_a_block_with_fused_attention(block):
    # GELU: 16·16 = 256 in and 256 out, with the block's input and the normalised input (2·64) kept: 640
    assert peak_moment(block) == ("mlp.act", "act_elem", 640)


def test_the_peak_of_a_block_with_the_scores_in_memory(block):
    # softmax: q, k, v (3·64), scores in and out (2·2·16² = 1024), and again 2·64 kept: 1344
    assert peak_moment(block, fused_attention=False) == ("attn", "softmax_elem", 1344)


@pytest.mark.parametrize(("dtype", "bytes_each"), [("fp32", 4), ("fp16", 2), ("bf16", 2)])
def test_bytes_follow_the_precision(block, dtype, bytes_each):
    assert peak_activation_bytes(block, dtype=dtype) == 640 * bytes_each


def test_every_precision_is_tested():
    assert set(BYTES) == {"fp32", "fp16", "bf16"}


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_a_batch_multiplies_activations(block, batch):
    assert peak_activation_bytes(block, batch=batch) == batch * peak_activation_bytes(block)
    assert peak_activation_bytes(block.batch(batch)) == batch * peak_activation_bytes(block)


@pytest.mark.parametrize("batch", [1, 64])
def test_a_batch_shares_the_parameters(block, batch):
    # 4·3·4 + 12 + 4·4 + 4 = 80 for attention, 4·16 + 16 + 16·4 + 4 = 148 for the MLP, 2·8 for the norms
    assert parameter_bytes(block.batch(batch)) == 4 * (80 + 148 + 16)


def test_half_precision_halves_parameters(block):
    assert parameter_bytes(block) == 2 * parameter_bytes(block, dtype="fp16")


def test_the_peak_is_one_moment_and_not_a_sum():
    # 14, then 108 - the softmax being fused away, 96 - then 14 again
    counts = ops.activation(7) + ops.attention_products(3, 8, 2) + ops.activation(7)
    assert peak_moment(counts).elements == 96
    assert peak_moment(counts, fused_attention=False).elements == 108


def test_a_block_with_its_input_kept_is_larger_by_the_input():
    assert peak_moment(ops.activation(7).holding(5)).elements == 14 + 5


def test_a_base_vit_peaks_in_its_mlp():
    # 197 tokens of width 768: GELU in and out 2·4, input and normalised input 2, so 10 streams of 151,296 elements
    vit = resolve("vit_base_patch16").cost()
    assert peak_moment(vit).path.endswith("mlp.act")
    assert peak_activation_bytes(vit) == 10 * 197 * 768 * 4


def test_ci2p_vit_peaks_in_its_encoder_at_full_resolution():
    # first GDN at 256²: 128 channels of 128x128, in, out and the input kept: 3 x 2,097,152 elements
    ci2p = resolve("ci2p_vit").cost()
    assert peak_moment(ci2p).path.endswith("encoder.1")
    assert peak_activation_bytes(ci2p) == 3 * 128 * 128 * 128 * 4


@pytest.mark.parametrize("name", MODELS)
def test_fused_attention_never_needs_more(name):
    counts = resolve(name).cost()
    assert peak_activation_bytes(counts) <= peak_activation_bytes(counts, fused_attention=False)


@pytest.mark.parametrize("name", MODELS)
def test_the_peak_holds_the_image_at_least(name):
    model = resolve(name)
    assert peak_activation_bytes(model.cost()) >= 3 * model.spec.image_size**2 * 4
