"""ResNet-101: stages against torchvision's parameter counts and two independent counters."""

import pytest

from effbench.cost import ops
from effbench.cost.convention import convention
from effbench.cost.counts import combine
from effbench.cost.resnet import CHANNELS, DEPTHS, bottleneck, stages, stem
from effbench.errors import SpecError


@pytest.fixture(scope="module")
def classifier():
    """The whole ResNet-101, classifier included."""
    return combine((*stages(224, 5), ops.global_pool(7, 7, 2048).at("avgpool"), ops.linear(1, 2048, 1000).at("fc")))


@pytest.mark.parametrize(
    ("stage", "params"),
    # torchvision 0.29: conv1 9,408 + bn1 128, then layer1 to layer4
    [(1, 9_536), (2, 215_808), (3, 1_219_584), (4, 26_090_496), (5, 14_964_736)],
)
def test_parameters_per_stage(stage, params):
    assert stages(224, 5)[stage - 1].params == params


def test_parameters_of_the_features():
    # torchvision's 44,549,160 less the classifier's 2048·1000 + 1000
    assert combine(stages(224, 5)).params == 44_549_160 - 2_049_000 == 42_500_160


def test_macs_of_the_classifier_are_half_of_pytorchs_count(classifier):
    # FlopCounterMode of PyTorch 2.15 on torchvision's resnet101 at 224²: 15,602,810,880 FLOPs
    assert 2 * convention("macs").total(classifier) == 15_602_810_880


def test_the_classifier_as_fvcore_counts_it(classifier):
    # fvcore 0.1.5 on the same network: 7,833,969,664, batch norms and the global pool included
    assert convention("fvcore").total(classifier) == 7_833_969_664


def test_stem_by_hand():
    # output 2x2 of 64 channels from 3 through 7x7: 4·64·147 = 37,632
    assert stem(2, 2).of("mac_conv") == 37_632
    assert stem(2, 2).params == 9_408 + 128


def test_bottleneck_by_hand():
    # 8 -> 2 -> 8 on 2x2: 4·8·2 + 4·2·2·9 + 4·2·8 = 272; weights 16 + 36 + 16, norms 4 + 4 + 16
    assert bottleneck(2, 2, 8, 2, 1).of("mac_conv") == 272
    assert bottleneck(2, 2, 8, 2, 1).params == 92


def test_a_strided_bottleneck_has_a_strided_shortcut():
    # 4 -> 2 -> 8, output 2x2: conv1 on 4x4 16·4·2 = 128; conv2 4·2·2·9 = 144; conv3 4·2·8 = 64; shortcut 4·4·8 = 128
    strided = bottleneck(2, 2, 4, 2, 2)
    assert strided.of("mac_conv") == 128 + 144 + 64 + 128
    assert "downsample.0" in strided.by_module()


@pytest.mark.parametrize(("c_in", "stride", "shortcut"), [(8, 1, False), (4, 1, True), (8, 2, True), (4, 2, True)])
def test_the_shortcut_is_a_convolution_where_shapes_change(c_in, stride, shortcut):
    assert ("downsample.0" in bottleneck(2, 2, c_in, 2, stride).by_module()) is shortcut


def test_the_max_pool_belongs_to_stage_two():
    # 3x3/2 pool to 56x56 of 64 channels; filed with stride² inputs per output
    found = stages(224, 2)
    assert found[0].of("window_pool_elem") == 0
    assert found[1].of("window_pool_elem") == 56 * 56 * 64 * 4


@pytest.mark.parametrize("last", [1, 2, 3, 4, 5])
def test_stages_come_one_by_one(last):
    assert len(stages(224, last)) == last
    assert stages(224, last) == stages(224, 5)[:last]


def test_blocks_per_stage_make_101_layers():
    # 3 convolutions a bottleneck, the stem and the classifier
    assert 3 * sum(DEPTHS) + 2 == 101
    names = combine(stages(224, 5)).by_module(2)
    assert [sum(name.startswith(f"layer{i}.") for name in names) for i in (1, 2, 3, 4)] == list(DEPTHS)


def test_every_stage_halves_the_side_and_widens():
    assert CHANNELS == (64, 256, 512, 1024, 2048)
    # the last residual of a stage adds (side / 2^i)² x channels elements
    for i, stage in enumerate(stages(224, 5)[1:], start=2):
        adds = [count for (_, kind), count in stage.items.items() if kind == "residual_add"]
        assert set(adds) == {(224 // 2**i) ** 2 * CHANNELS[i - 1]}


def test_a_side_that_cannot_be_halved_is_refused():
    with pytest.raises(SpecError, match="not a multiple of 2"):
        stages(36, 5)
