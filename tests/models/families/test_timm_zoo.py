"""The tables' systems that timm holds, and timm's other models by name."""

import pytest

from effbench.errors import SpecError, UnknownName
from effbench.files import cache
from effbench.models.families import timm_zoo
from effbench.models.families.timm_zoo import FAMILY, SYSTEMS, build, spec_of
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

# Parameters and MACs at the size of the table's row, with 1000 classes. TNT-B, Swin-B, ResNet-50, Twins-SVT-L and
# MViTv2-B were counted by an independent counter of torch functions too, Swin-B and ResNet-50 also by hand.
COUNTS = {
    "tnt_b_patch16": (224, 65_428_680, 14_049_082_880),
    "swin_tiny_patch4_window7": (224, 28_288_354, 4_490_566_656),
    "swin_base_patch4_window7": (224, 87_768_224, 15_430_946_816),
    "densenet169": (224, 14_149_480, 3_359_843_328),
    "resnet50": (224, 25_557_032, 4_089_184_256),
    "efficientnet_b1": (240, 7_794_184, 686_802_832),
    "efficientnet_b6": (528, 43_040_704, 19_067_593_536),
    "resnext101_64x4d": (224, 83_455_272, 15_460_270_080),
    "twins_svt_base": (224, 56_070_952, 8_562_612_480),
    "twins_svt_large": (224, 99_271_400, 15_111_777_280),
    "mvitv2_base": (224, 51_472_744, 10_102_438_656),
    "mvitv2_large": (384, 218_164_312, 145_465_353_216),
    "mvitv2_huge_cls": (512, 667_329_192, 761_799_710_208),
}


def macs(network, side):
    """MACs of one image."""
    network.requires_grad_(False)
    with FlopCounterMode(display=False) as counter:
        output_shape(network, side)
    return counter.get_total_flops() // 2


def output_shape(network, side):
    with torch.no_grad():
        return tuple(network.eval()(torch.empty(1, 3, side, side, device="meta")).shape)


def test_every_system_is_counted_here():
    assert set(COUNTS) == set(SYSTEMS)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_at_the_size_of_the_table(name):
    side, *expected = COUNTS[name]
    model = resolve(name)
    assert model.spec.image_size == side
    with torch.device("meta"):
        network = model.build()
    assert [sum(p.numel() for p in network.parameters()), macs(network, side)] == expected


# One of each architecture.
@pytest.mark.parametrize(
    "name",
    ["tnt_b_patch16", "swin_tiny_patch4_window7", "densenet169", "efficientnet_b1", "twins_svt_base", "mvitv2_base"],
)
def test_systems_run_at_other_sizes(name):
    model = resolve(f"{name}:num_classes=7").at_size(96)
    with torch.device("meta"):
        network = model.build()
    assert output_shape(network, 96) == (1, 7)


@pytest.mark.parametrize(
    ("name", "side", "multiple"),
    [("tnt_b_patch16", 200, 16), ("swin_tiny_patch4_window7", 240, 32), ("mvitv2_base", 100, 32)],
)
def test_networks_of_one_size_need_whole_patches(name, side, multiple):
    with pytest.raises(SpecError, match=f"multiple of {multiple}"):
        resolve(name).at_size(side)


def test_smaller_images_than_32_are_refused():
    with pytest.raises(SpecError, match="between 32 and"):
        resolve("densenet169").at_size(31)


def test_the_name_in_timm_is_no_option():
    with pytest.raises(UnknownName, match="unknown option of resnet50"):
        resolve("resnet50:timm_name=5")


def test_a_system_by_its_name_in_timm_is_the_same_network():
    assert spec_of("swin_base_patch4_window7_224") == resolve("swin_base_patch4_window7").spec


@pytest.mark.parametrize(
    ("timm_name", "side"), [("vit_tiny_patch16_384", 384), ("efficientnet_b0", 224), ("resnet18.a1_in1k", 224)]
)
def test_the_default_size_is_timms(timm_name, side):
    spec = spec_of(timm_name)
    assert (spec.image_size, spec.num_classes) == (side, 1000)


# A ViT, one whose class only hands arguments on, and a CNN, which knows no image size.
@pytest.mark.parametrize("timm_name", ["vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "resnet18"])
@pytest.mark.parametrize("side", [64, 224])
def test_any_model_of_timm_is_built_for_the_size_asked(timm_name, side):
    with torch.device("meta"):
        network = build(spec_of(timm_name).resized(side))
    assert output_shape(network, side) == (1, 1000)


def test_a_size_that_timm_refuses_is_a_clear_error():
    with pytest.raises(SpecError, match="twins_pcpvt_small for 230 pixels"):
        build(spec_of("twins_pcpvt_small").resized(230))


@pytest.mark.parametrize(
    ("wrong", "near"), [("resnet5", "resnet50"), ("swin_bse_patch4_window7_224", "swin_base_patch4_window7_224")]
)
def test_an_unknown_model_offers_the_nearest(wrong, near):
    with pytest.raises(UnknownName, match=near):
        spec_of(wrong)


@pytest.mark.parametrize("name", ["", "?", "resnet50.no_such_tag", "hf-hub:timm/resnet50"])
def test_what_timm_does_not_hold_is_refused_in_one_short_line(name):
    with pytest.raises(UnknownName) as caught:
        spec_of(name)
    assert len(str(caught.value)) < 250


def test_weights_are_random():
    assert build is FAMILY.build
    first, second = (build(spec_of("test_vit")) for _ in range(2))
    assert not torch.equal(first.patch_embed.proj.weight, second.patch_embed.proj.weight)


@pytest.mark.parametrize("former", [None, {"b": 2}, ["not sizes"]])
def test_sizes_that_others_keep_meanwhile_stay(tmp_path, monkeypatch, former):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    kept = f"timm-sizes/{timm.__version__}.json"

    def asked(name):
        cache.write(kept, former, "another's size")
        return 7

    monkeypatch.setattr("effbench.models.networks.timm_zoo.default_size", asked)
    assert spec_of("a.b").image_size == 7
    assert cache.read(kept) == {**(former if isinstance(former, dict) else {}), "a.b": 7}


@pytest.mark.parametrize("kept", [0, -5, True, "224", None, 10**9])
def test_a_size_that_no_model_has_is_asked_for_again(kept, monkeypatch):
    monkeypatch.setattr("effbench.models.networks.timm_zoo.default_size", lambda name: 224)
    file = f"timm-sizes/{timm_zoo._timm_version()}.json"
    cache.write(file, {"mine.b": kept, "resnet34": 160}, "it")
    assert spec_of("mine.b").image_size == 224
    assert cache.read(file) == {"mine.b": 224, "resnet34": 160}
