"""Conventions of counting tools: each one reproduces, to the digit, what the tool reports for timm's networks."""

import pytest

from effbench.cost.convention import Convention, convention
from effbench.cost.counts import op
from effbench.models.registry import resolve

# Convention -> (model, image side, number the tool reported), with torch 2.15 and timm 1.0.31, batch 1, eval mode.
# At 256² a ViT-B/16 has L = 257 tokens of D = 768: 23,197,384,704 MACs, of them 12·2L²D = 1,217,415,168 of attention.
REPORTED = {
    # ptflops 0.7.5, back end "aten", timm's fused attention switched off. Biases at 256²: patches 256·768, a block
    # L·(3 + 1 + 4 + 1)D, the head 1000: 196,608 + 12·1,776,384 + 1000 = 21,514,216
    "ptflops_aten": [
        ("vit_base_patch16", 256, 23_197_384_704 + 21_514_216),
        ("vit_base_patch16", 384, 55_484_350_464 + 48_302_056),
        ("vit_base_patch16", 512, 107_027_890_176 + 85_805_032),
        ("deit_base_patch16", 224, 17_563_828_224 + 16_491_496),
        ("vit_tiny_patch16", 224, 1_257_806_824),
        ("vit_tiny_patch16_gap", 224, 1_250_666_728),
        ("ravit_cifar10:1-3", 32, 45_748_244),
    ],
    # the same with timm's default, fused attention, on the CPU; at 256² 1,217,415,168 less
    "ptflops_aten_fused_attention": [
        ("vit_base_patch16", 256, 22_001_483_752),
        ("vit_base_patch16", 384, 49_396_105_192),
        ("vit_base_patch16", 512, 87_748_575_208),
        ("deit_base_patch16", 224, 16_864_992_232),
        ("vit_tiny_patch16", 224, 1_078_974_952),
        ("vit_tiny_patch16_gap", 224, 1_073_645_800),
        ("ravit_cifar10:1-3", 32, 42_429_460),
    ],
    # torchprofile 0.1.0; layer norms at 256²: 25·L·D = 4,934,400
    "torchprofile": [
        ("vit_base_patch16", 256, 23_202_319_104),
        ("vit_base_patch16", 384, 55_495_428_864),
        ("vit_base_patch16", 512, 107_047_570_176),
        ("deit_base_patch16", 224, 17_567_610_624),
        ("vit_tiny_patch16", 224, 1_254_628_800),
        ("ravit_cifar10:1-3", 32, 45_558_528),
    ],
    # thop 0.1.1.post2209072238
    "thop": [
        ("vit_base_patch16", 256, 21_979_969_536),
        ("vit_base_patch16", 384, 49_347_803_136),
        ("vit_base_patch16", 512, 87_662_770_176),
        ("deit_base_patch16", 224, 16_848_500_736),
        ("vit_tiny_patch16", 224, 1_074_851_328),
        ("vit_tiny_patch16_gap", 224, 1_069_542_912),
    ],
}


@pytest.mark.parametrize(
    ("name", "model", "size", "reported"), [(name, *row) for name, rows in REPORTED.items() for row in rows]
)
def test_the_convention_gives_what_the_tool_reports(name, model, size, reported):
    assert convention(name).total(resolve(model).at_size(size).cost()) == reported


# CeiT-S at 224², N = 196 patches, L = N + 1, D = 384, counted by hand: 4,759,544,832 MACs, of them of attention 2L²D in
# each of 12 blocks and 2·12·D over the class tokens, 357,672,960. Batch norms: the stem's 112²·64, and in every block
# N·(4 + 4 + 1)D. Layer norms: two of L·D in every block, 12·D and D over the class tokens, D before the head.
CEIT = op(
    mac_linear=4_759_544_832 - 357_672_960,
    mac_qk=357_672_960 // 2,
    mac_av=357_672_960 // 2,
    batch_norm_elem=112**2 * 64 + 12 * 196 * 9 * 384,
    layer_norm_elem=12 * 2 * 197 * 384 + 14 * 384,
)


@pytest.mark.parametrize(("name", "reported"), [("torchprofile", 4_770_297_088), ("thop", 4_437_597_184)])
def test_batch_norms_cost_what_the_tool_reports_for_a_network_that_has_them(name, reported):
    assert convention(name).total(CEIT) == reported


# The tool counts the 192 outputs of the average over tokens; our kinds hold the elements averaged, 196·192.
def test_torchprofile_adds_the_output_of_a_mean_which_has_no_price_here():
    ours = convention("torchprofile").total(resolve("vit_tiny_patch16_gap").cost())
    assert 1_247_504_832 - ours == 192


# What tools report that no row of prices can give, because one term has no kind of its own here.

MODELS = [("vit_base_patch16", 256), ("vit_base_patch16", 384), ("vit_base_patch16", 512), ("deit_base_patch16", 224)]


def nearly(model, size, *, exclude=(), **price):
    """Cost without the term that has no kind, and the number of patches."""
    row = Convention(name="nearly", unit="MAC", doc="test", source="test", price=price, exclude=exclude)
    return row.total(resolve(model).at_size(size).cost()), (size // 16) ** 2


# ptflops 0.7.5, its own back end "pytorch": a rule for timm's attention, products and softmax, hides the linear layers
# inside; GELU counts twice, as a module and as the function the module calls; timm's layer norm is not known. The rule
# also scales every query, which fused attention does inside: L·D in each of 12 blocks.
@pytest.mark.parametrize(
    ("model", "reported"),
    list(zip(MODELS, [15_964_183_672, 39_271_416_952, 78_292_876_408, 12_017_610_232], strict=True)),
)
def test_ptflops_of_modules_is_a_scope_and_prices_and_the_scaling_of_queries(model, reported):
    outside = ("*.attn.qkv", "*.attn.proj")
    macs = {"mac_linear": 1, "mac_conv": 1, "mac_qk": 1, "mac_av": 1}
    ours, patches = nearly(*model, exclude=outside, **macs, bias_add=1, act_elem=2, softmax_elem=1)
    assert ours + 12 * (patches + 1) * 768 == reported


# deepspeed 0.19.8, 5 per element of layer norm and 1 of GELU. Of the biases it counts the convolution's alone: one
# addition for each of 768 channels of a patch.
@pytest.mark.parametrize(
    ("model", "reported"),
    list(zip(MODELS, [46_429_112_064, 111_045_805_824, 214_192_752_384, 35_153_981_184], strict=True)),
)
def test_deepspeed_is_prices_and_the_bias_of_the_convolution(model, reported):
    macs = {"mac_linear": 2, "mac_conv": 2, "mac_qk": 2, "mac_av": 2}
    ours, patches = nearly(*model, **macs, layer_norm_elem=5, act_elem=1)
    assert ours + patches * 768 == reported


# calflops 0.3.2, the same without attention products, fused or not
@pytest.mark.parametrize(
    ("model", "reported"),
    list(zip(MODELS, [43_994_281_728, 98_772_711_168, 175_462_512_384, 33_723_326_208], strict=True)),
)
def test_calflops_is_deepspeed_without_attention_products(model, reported):
    ours, patches = nearly(*model, mac_linear=2, mac_conv=2, layer_norm_elem=5, act_elem=1)
    assert ours + patches * 768 == reported
