"""Plain ViTs: published parameter counts, costs by formula, module names, what is refused."""

import dataclasses

import numpy as np
import pytest

from effbench.cost.convention import convention
from effbench.errors import SpecError
from effbench.models.families.vit import cost
from effbench.models.registry import entries, resolve
from effbench.models.spec.vit import LayeredViTSpec, ViTSpec

MACS = convention("macs")


@pytest.mark.parametrize(
    ("name", "params"),
    [
        # timm 1.0 at 224² with 1000 classes
        ("vit_tiny_patch16", 5_717_416),
        ("vit_small_patch16", 22_050_664),
        ("vit_base_patch16", 86_567_656),
        ("vit_large_patch16", 304_326_632),
        ("vit_small_patch32", 22_878_952),
        ("vit_base_patch32", 88_224_232),
        ("vit_large_patch32", 306_535_400),
        # the same networks under DeiT's name
        ("deit_tiny_patch16", 5_717_416),
        ("deit_small_patch16", 22_050_664),
        ("deit_base_patch16", 86_567_656),
        # without class token: its 768 parameters and its row of the position embedding, 2·768 less
        ("vit_base_patch16_gap", 86_566_120),
        ("vit_tiny_patch16_gap", 5_717_032),
        # measured on timm's VisionTransformer of the same shape
        ("vit_cifar10:3", 611_082),
        ("vit_imagenet:12", 86_567_656),
    ],
)
def test_parameters(name, params):
    assert resolve(name).cost().params == params


def test_parameters_by_hand():
    # 32² image, patch 4, width 128, 3 layers, 10 classes: class token 128; patch embedding 128·48 + 128; position
    # 65·128; blocks 3·(12·128² + 13·128); norm 256; head 128·10 + 10
    by_hand = 128 + 6_272 + 8_320 + 3 * (196_608 + 1_664) + 256 + 1_290
    assert resolve("vit_cifar10:3").cost().params == by_hand == 611_082


def test_larger_images_need_a_longer_position_embedding():
    # (257 - 197) · 768
    vit = resolve("vit_base_patch16")
    assert vit.at_size(256).cost().params - vit.cost().params == 60 * 768


@pytest.mark.parametrize("side", [16, 224, 256, 384, 512])
def test_macs_follow_the_formula(side):
    # N patches of 16·16·3 values, L = N + 1 tokens, 12 blocks of 12LD² + 2L²D, head of 1000
    n, width = (side // 16) ** 2, 768
    tokens = n + 1
    by_hand = n * 768 * width + 12 * (12 * tokens * width**2 + 2 * tokens**2 * width) + width * 1000
    assert MACS.total(resolve("vit_base_patch16").at_size(side).cost()) == by_hand


@pytest.mark.parametrize("name", ["vit_base_patch16", "deit_base_patch16", "vit_imagenet:12"])
def test_one_network_under_three_names(name):
    assert resolve(name).cost() == resolve("vit_base_patch16").cost()


@pytest.mark.parametrize(("side", "patch", "tokens"), [(224, 16, 197), (256, 16, 257), (224, 32, 50), (32, 4, 65)])
def test_tokens_are_patches_and_a_class_token(side, patch, tokens):
    counts = cost(ViTSpec(image_size=side, patch_size=patch, width=8, depth=1, num_heads=1))
    # one block and the last norm: three layer norms of tokens · 8 elements
    assert counts.of("layer_norm_elem") == 3 * tokens * 8


def test_average_pooling_replaces_the_class_token():
    # 196 tokens averaged over 768 channels
    gap = resolve("vit_base_patch16_gap").cost()
    assert gap.of("mean_elem") == 196 * 768
    assert resolve("vit_base_patch16").cost().of("mean_elem") == 0


def test_only_parameters_hang_on_the_class_token_and_the_position_at_the_model_itself():
    # class token 768, position embedding 197·768
    assert resolve("vit_base_patch16").cost().by_module()[""].params == 768 + 197 * 768


def test_module_names_are_those_of_timm():
    names = list(resolve("vit_base_patch16:depth=2").cost().by_module(2))
    assert names == ["", "patch_embed.proj", "blocks.0", "blocks.1", "norm", "head"]


@pytest.mark.parametrize("size", ["tiny", "small", "base", "large"])
@pytest.mark.parametrize("patch", [16, 32])
@pytest.mark.parametrize("suffix", ["", "_gap"])
def test_the_variants_are_registered(size, patch, suffix):
    spec = entries()[f"vit_{size}_patch{patch}{suffix}"].spec
    assert (spec.patch_size, spec.class_token) == (patch, not suffix)
    assert spec.width == 64 * spec.num_heads  # every published ViT has heads of 64 channels


def test_a_layered_vit_is_named_by_its_depth():
    assert resolve("vit_tiny_imagenet:6").spec.depth == 6
    assert LayeredViTSpec.positional == "depth"


def test_arrays_of_sides_depths_and_widths_equal_the_integers():
    sides, depths, widths = np.array([224, 256, 512]), np.array([1, 12, 24]), np.array([192, 768, 96])
    columns = cost(ViTSpec(image_size=sides, depth=depths, width=widths, num_heads=3))
    rows = [
        cost(ViTSpec(image_size=side, depth=depth, width=width, num_heads=3))
        for side, depth, width in zip(sides.tolist(), depths.tolist(), widths.tolist(), strict=True)
    ]
    for name in ("macs", "flops", "fvcore", "ci2p_fused_attention", "ravit"):
        assert convention(name).total(columns).tolist() == [convention(name).total(row) for row in rows]
    assert columns.params.tolist() == [row.params for row in rows]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_size": 225}, "image size must be a multiple of 16, got 225; nearest: 224 or 240"),
        ({"image_size": 0}, "image size must be between 16 and 16384, got 0"),
        ({"image_size": -16}, "image size must be between 16 and 16384, got -16"),
        ({"patch_size": 0}, "patch_size must be between 1 and 1024, got 0"),
        ({"patch_size": 15}, "image size must be a multiple of 15, got 224; nearest: 210 or 225"),
        ({"depth": 0}, "depth must be between 1 and 1000, got 0"),
        ({"depth": 1001}, "depth must be between 1 and 1000, got 1001"),
        ({"num_heads": 5}, "width 768 is not a multiple of num_heads 5"),
        ({"mlp_ratio": 0}, "mlp_ratio must be between 1 and 64, got 0"),
        ({"num_classes": 0}, "num_classes must be between 1 and 10000000, got 0"),
    ],
)
def test_impossible_vits_are_refused(changes, message):
    with pytest.raises(SpecError) as caught:
        dataclasses.replace(ViTSpec(), **changes).validate()
    assert str(caught.value) == message


@pytest.mark.parametrize("side", ["224x320", "64x16"])
@pytest.mark.parametrize("name", ["vit_tiny_patch16", "exit_vit_tiny:4-8", "vit_base_patch16_gap:depth=2"])
def test_an_image_need_not_be_square(name, side):
    pytest.importorskip("timm")
    from effbench.counting.operations import counted_network

    model = resolve(name, side)
    formula = {key: n for key, n in model.cost().items.items() if n}
    found = counted_network(model).forward.items
    assert {key: n for key, n in found.items() if formula.get(key) != n} == {}
    height, width = map(int, side.split("x"))
    tokens = height * width // 256 + (0 if "gap" in name else 1)
    assert found["blocks.0.attn", "mac_qk"] == tokens**2 * model.spec.width
