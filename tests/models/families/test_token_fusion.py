"""Token Fusion: parameter totals of the three methods, heads, variations and options; parts; what is refused.

The layer-by-layer total rounds to the 140M the paper prints; all totals were measured on networks with torchvision's
ResNet-101 and encoder blocks of 7,087,872 parameters, for 224² images and 1000 classes.
"""

import pytest

from effbench.cost.convention import convention
from effbench.errors import EffbenchError, SpecError
from effbench.models.registry import named_models, resolve
from effbench.models.spec.token_fusion import LateSpec

BLOCK = 7_087_872  # 12·768² + 13·768
RESNET = 42_500_160  # torchvision's ResNet-101 without classifier
LAYER4 = 14_964_736
MACS = convention("macs")

# method -> variation -> totals with the token-wise, channel-wise and mixing head
TOTALS = {
    "late": {
        "": (118_485_448, 119_825_448, 120_021_448),
        "merge=add": (118_485_448, 119_057_448, 119_253_448),
        "upsample=copy": (116_125_384, 117_465_384, 117_661_384),
        "upsample=copy,merge=add": (116_125_384, 116_697_384, 116_893_384),
    },
    "early": {
        "": (138_632_723, 139_204_723, 139_400_723),
        "upsample=copy": (131_455_127, 132_027_127, 132_223_127),
        "upsample=copy,bridges=single": (129_090_251, 129_662_251, 129_858_251),
        "bridges=single": (135_375_575, 135_947_575, 136_143_575),
    },
    "layerwise": {
        "": (139_758_536, 140_330_536, 140_526_536),
        "class_token=yes": (139_761_072, 140_332_072, 140_529_072),
    },
}
NAMED = {
    f"token_fusion_{method}:{','.join(filter(None, (head, variation)))}": total
    for method, variations in TOTALS.items()
    for variation, totals in variations.items()
    for head, total in zip(("token", "channel", "mixing"), totals, strict=True)
}


def params(name):
    return resolve(name).cost().params


def of(name, part):
    """Parameters below one module."""
    return sum(
        counts.params for path, counts in resolve(name).cost().by_module().items() if f"{path}.".startswith(part)
    )


@pytest.mark.parametrize(("name", "total"), NAMED.items())
def test_totals(name, total):
    assert params(name) == total


def test_every_registered_variation_has_a_total():
    named = {name for name in named_models() if name.startswith("token_fusion")}
    assert named == NAMED.keys() | {f"token_fusion_{method}" for method in TOTALS}


@pytest.mark.parametrize("method", TOTALS)
def test_the_plain_name_is_the_channel_wise_head(method):
    assert resolve(f"token_fusion_{method}").cost() == resolve(f"token_fusion_{method}:channel").cost()


@pytest.mark.parametrize(
    ("name", "total"),
    [
        # the other reading of the paper's sentence: patches of 16, tokens of layer4 grown
        ("token_fusion_late:channel,patch_size=16,cnn_stage=5,upsample_branch=cnn", 133_807_144),
        ("token_fusion_late:channel,cnn_width=1024", 154_487_336),
        ("token_fusion_late:channel,patch_size=16,cnn_stage=3", 92_136_744),
        ("token_fusion_early:channel,bridge_channels=64", 285_387_319),
        # ImageNet-22K: 140,330,536 + (21,841 - 1000)·769
        ("token_fusion_layerwise:channel,num_classes=21841", 156_357_265),
        # six blocks instead of twelve
        ("token_fusion_early:channel,depth=6", 139_204_723 - 6 * BLOCK),
        ("token_fusion_late:channel,depths=5-4", 119_825_448 - 3 * BLOCK),
        ("token_fusion_layerwise:channel,mixing_depth=1,tail_depth=0", 140_330_536 - 7 * BLOCK),
    ],
)
def test_totals_of_options(name, total):
    assert params(name) == total


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("token_fusion_early:channel,bridge_channels=1", "134.4"),
        ("token_fusion_early:channel,bridge_channels=4", "141.6"),
        ("token_fusion_early:channel,bridge_channels=8", "151.2"),
        ("token_fusion_early:channel,bridge_channels=16", "170.4"),
        ("token_fusion_layerwise:channel,width=384", "68.1"),
        ("token_fusion_layerwise:channel,width=512,num_heads=8", "87.0"),
        ("token_fusion_layerwise:channel,mlp_ratio=2", "112.0"),
        ("token_fusion_layerwise:channel,width=1024,num_heads=16", "214.4"),
    ],
)
def test_rounded_totals_of_options(name, millions):
    assert f"{params(name) / 1e6:.1f}" == millions


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("token_fusion_late", "18.16"),
        ("token_fusion_late:channel,patch_size=16,cnn_stage=5,upsample_branch=cnn", "18.89"),
        ("token_fusion_late:channel,patch_size=16,cnn_stage=3", "50.3"),
        ("token_fusion_early", "26.44"),
        ("token_fusion_layerwise", "26.90"),
    ],
)
def test_macs(name, billions):
    digits = len(billions.partition(".")[2])
    assert f"{MACS.total(resolve(name).cost()) / 1e9:.{digits}f}" == billions


@pytest.mark.parametrize(
    ("name", "part", "count"),
    [
        ("token_fusion_late", "backbone.", RESNET - LAYER4),  # up to layer3; layer4 is not built
        ("token_fusion_late", "patch_embed.", 2_360_064),  # 768·3·32² + 768
        ("token_fusion_late", "vit_blocks.", 6 * BLOCK),
        ("token_fusion_late", "cnn_blocks.", 6 * BLOCK),
        ("token_fusion_late", "cnn_embed.", 787_200),  # 1024·768 + 768
        ("token_fusion_late", "upsample.", 2_360_064),  # 768·768·4 + 768
        ("token_fusion_late", "head.", 1_537_000),  # 1536·1000 + 1000
        ("token_fusion_early", "backbone.", RESNET),
        ("token_fusion_early", "bridges.0.", 771 + 12),  # 64·3·4 + 3, then 3·3 + 3
        ("token_fusion_early", "bridges.1.", 12_291 + 12),
        ("token_fusion_early", "bridges.2.", 98_307 + 12),
        ("token_fusion_early", "bridges.3.", 786_435 + 12),
        ("token_fusion_early", "bridges.4.", 6_291_459 + 12),  # 2048·3·32² + 3
        ("token_fusion_early", "patch_embed.", 3_539_712),  # 768·18·16² + 768
        ("token_fusion_early", "blocks.", 12 * BLOCK),
        ("token_fusion_early", "head.", 769_000),
        ("token_fusion_layerwise", "patch_embed.", 590_592),  # 768·3·16² + 768
        ("token_fusion_layerwise", "mixing.0.project.", 49_920),  # 64·768 + 768
        ("token_fusion_layerwise", "mixing.1.project.", 197_376),
        ("token_fusion_layerwise", "mixing.2.project.", 393_984),
        ("token_fusion_layerwise", "mixing.3.project.", 787_200),
        ("token_fusion_layerwise", "mixing.4.project.", 1_573_632),
        ("token_fusion_layerwise", "mixing.4.upsample.", 2_360_064),
        ("token_fusion_layerwise", "mixing.0.fuse.", 1_180_416),  # 1536·768 + 768
        ("token_fusion_layerwise", "mixing.0.blocks.", 2 * BLOCK),
        ("token_fusion_layerwise", "blocks.", 2 * BLOCK),
    ],
)
def test_parameters_of_the_parts(name, part, count):
    assert of(name, part) == count


@pytest.mark.parametrize(
    ("method", "trainable"), [("late", 92_290_024), ("early", 96_704_563), ("layerwise", 97_830_376)]
)
def test_parameters_with_a_frozen_backbone(method, trainable):
    # 92.3, 96.7 and 97.8 million: the totals less ResNet-101, without layer4 for late fusion
    assert params(f"token_fusion_{method}") - of(f"token_fusion_{method}", "backbone.") == trainable


@pytest.mark.parametrize("name", NAMED)
def test_twelve_encoder_blocks_in_every_variation(name):
    assert len({path for path, kind in resolve(name).cost().items if kind == "mac_qk"}) == 12


@pytest.mark.parametrize(("bridges", "channels"), [("multi", 18), ("single", 6)])
def test_early_fusion_stacks_three_channels_per_bridge_on_the_image(bridges, channels):
    counts = resolve(f"token_fusion_early:channel,bridges={bridges}").cost()
    assert counts.by_module()["patch_embed.proj"].of("mac_conv") == 14 * 14 * channels * 16 * 16 * 768


def test_adding_the_two_branches_of_late_fusion_is_one_sum_on_the_fine_grid():
    # 14x14 tokens of width 768; everything else stays
    concat, add = (resolve(f"token_fusion_late:token,merge={merge}").cost() for merge in ("concat", "add"))
    assert add.of("residual_add") - concat.of("residual_add") == 196 * 768


def test_early_maps_are_pooled_to_the_token_grid_in_layer_by_layer_fusion():
    # stages 1 to 3 (64x112², 256x56², 512x28²) to 14², besides ResNet's own pool, filed with 4 inputs per output
    own = 4 * 64 * 56**2
    counts = resolve("token_fusion_layerwise").cost()
    assert counts.of("window_pool_elem") - own == 64 * 112**2 + 256 * 56**2 + 512 * 28**2


@pytest.mark.parametrize(("class_token", "tokens"), [("no", 196), ("yes", 197)])
def test_the_class_token_passes_the_blocks_and_not_the_mixing(class_token, tokens):
    counts = resolve(f"token_fusion_layerwise:channel,class_token={class_token}").cost()
    assert counts.of("mac_qk") == 12 * tokens**2 * 768
    assert counts.by_module()["mixing.0.fuse"].of("mac_linear") == 196 * 1536 * 768


@pytest.mark.parametrize("method", TOTALS)
@pytest.mark.parametrize("side", [32, 64, 224, 256])
def test_every_side_divisible_by_32_works(method, side):
    # the channel-wise head ties nothing but position embeddings to the number of tokens
    model = resolve(f"token_fusion_{method}")
    grown = model.at_size(side + 32).cost().params - model.at_size(side).cost().params
    steps = {"late": (32, 16), "early": (16,), "layerwise": (16,)}[method]  # token grids: side / step
    assert grown == 768 * sum(((side + 32) // step) ** 2 - (side // step) ** 2 for step in steps)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("token_fusion_late:sum", "token_fusion_late: head must be one of token, channel, mixing, got 'sum'"),
        ("token_fusion_late:channel,upsample=bilinear", "token_fusion_late: upsample must be one of upconv, copy"),
        ("token_fusion_late:channel,depths=6", "depths must be two numbers such as 6-6, got 1"),
        ("token_fusion_late:channel,depths=6-0", "depth must be between 1 and 1000, got 0"),
        ("token_fusion_late:channel,cnn_stage=6", "cnn_stage must be between 1 and 5, got 6"),
        (
            "token_fusion_late:channel,cnn_stage=5",
            "patch_size 32 and cnn_stage 5 (stride 32) leave nothing to upsample",
        ),
        (
            "token_fusion_late:channel,patch_size=16,cnn_stage=5",
            "patch_size 16 and cnn_stage 5 (stride 32) leave nothing",
        ),
        ("token_fusion_late:channel,upsample_branch=cnn", "patch_size 32 and cnn_stage 4 (stride 16) leave nothing"),
        (
            "token_fusion_late:channel,upsample=copy,merge=add,cnn_width=1024",
            "copy and add needs branches of equal width: leave cnn_width out",
        ),
        ("token_fusion_early:channel,patch_size=14", "patch_size must be 2, 4, 8, 16 or 32, got 14"),
        ("token_fusion_early:channel,bridge_channels=0", "bridge_channels must be between 1 and 1024, got 0"),
        ("token_fusion_early:channel,depth=0", "depth must be between 1 and 1000, got 0"),
        ("token_fusion_layerwise:channel,num_heads=7", "width 768 is not a multiple of num_heads 7"),
        ("token_fusion_layerwise:channel,class_token=1", "class_token must be yes or no, got '1'"),
    ],
)
def test_impossible_networks_are_refused(name, message):
    with pytest.raises(EffbenchError) as caught:
        resolve(name)
    assert message in str(caught.value)


def test_a_cnn_width_that_splits_a_head_is_refused_by_name():
    # heads are 64 wide; 100 is no multiple of it
    with pytest.raises(SpecError, match="cnn_width"):
        LateSpec(cnn_width=100).validate()


def test_sides_go_by_32():
    with pytest.raises(SpecError, match="image size must be a multiple of 32, got 240; nearest: 224 or 256"):
        resolve("token_fusion_early").at_size(240)
