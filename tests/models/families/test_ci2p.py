"""CI2P-ViT: the paper's parameters and costs, grids, the two scales, what is refused."""

import dataclasses

import numpy as np
import pytest

from effbench.cost.convention import convention
from effbench.errors import SpecError
from effbench.models.families.ci2p import cost
from effbench.models.registry import resolve
from effbench.models.spec.ci2p import CI2PSpec

CI2P = convention("ci2p")


@pytest.mark.parametrize(
    ("name", "params"),
    # the paper prints 88.96 M and 49.7 M; the head (768·1000 + 1000) is not among them
    [("ci2p_vit", 88_956_320), ("ci2p_vit_ds", 49_699_424), ("cnn_vit", 88_956_320)],
)
def test_parameters_without_head(name, params):
    counts = resolve(name).cost()
    assert CI2P.in_scope(counts).params == params
    assert counts.params == params + 769_000


def test_costs_do_not_depend_on_who_trains_the_encoder():
    assert resolve("cnn_vit").cost() == resolve("ci2p_vit").cost()


@pytest.mark.parametrize("name", ["ci2p_vit", "ci2p_vit_ds"])
def test_there_is_no_position_embedding_so_parameters_do_not_depend_on_the_side(name):
    model = resolve(name)
    assert model.at_size(512).cost().params == model.at_size(256).cost().params
    assert model.cost().of("embed_add") == 0


@pytest.mark.parametrize("side", [32, 256, 384, 512])
def test_blocks_run_on_a_32nd_of_the_side(side):
    # (side / 32)² tokens; 12 blocks of 2L²D attention products
    tokens = (side // 32) ** 2
    counts = resolve("ci2p_vit").at_size(side).cost()
    assert counts.of("mac_qk") + counts.of("mac_av") == 12 * 2 * tokens**2 * 768


@pytest.mark.parametrize("side", [32, 256, 384, 512])
def test_two_scales_run_half_of_the_blocks_on_a_16th_at_a_quarter_of_the_width(side):
    # 6 blocks on (side / 16)² tokens of width 192 and 6 on (side / 32)² of width 768
    fine, coarse = (side // 16) ** 2, (side // 32) ** 2
    counts = resolve("ci2p_vit_ds").at_size(side).cost()
    assert counts.of("mac_qk") + counts.of("mac_av") == 6 * 2 * fine**2 * 192 + 6 * 2 * coarse**2 * 768


def test_the_attention_products_are_what_the_papers_third_column_leaves_out():
    # 256²: 6·2·(256²·192 + 64²·768) = 188,743,680 = 6,630,268,928 - 6,441,525,248
    counts = resolve("ci2p_vit_ds").cost()
    missing = CI2P.total(counts) - convention("ci2p_fused_attention").total(counts)
    assert missing == 6 * 2 * (256**2 * 192 + 64**2 * 768) == 188_743_680


@pytest.mark.parametrize(("side", "percent"), [(256, "71.3"), (384, "72.1"), (512, "73.1")])
def test_counted_alike_the_two_scales_save_less_than_printed(side, percent):
    # the paper prints 72.15, 73.86 and 75.92 %
    plain, two_scales = (
        CI2P.total(resolve(name).at_size(side).cost()) for name in ("vit_base_patch16_gap", "ci2p_vit_ds")
    )
    assert f"{100 * (1 - two_scales / plain):.1f}" == percent


def test_the_head_sees_the_mean_over_tokens():
    # 8x8 tokens of width 768 at 256²
    assert resolve("ci2p_vit").cost().of("mean_elem") == 64 * 768


def test_the_encoder_is_that_of_compressai():
    # 1,493,312 parameters, measured on g_a of bmshj2018_factorized(quality=5)
    groups = resolve("ci2p_vit").cost().by_module()
    assert sum(counts.params for name, counts in groups.items() if "encoder." in f"{name}.") == 1_493_312


@pytest.mark.parametrize(
    "changes", [{}, {"dual_scale": True}, {"depth": 4, "width": 96, "num_heads": 4, "dual_scale": True}]
)
def test_arrays_of_sides_equal_the_integers(changes):
    sides = [32, 256, 384, 512]
    columns = cost(CI2PSpec(image_size=np.array(sides), **changes))
    for name in ("macs", "ci2p", "ci2p_fused_attention", "flops"):
        chosen = convention(name)
        assert chosen.total(columns).tolist() == [
            chosen.total(cost(CI2PSpec(image_size=side, **changes))) for side in sides
        ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_size": 224 + 16}, "image size must be a multiple of 32, got 240; nearest: 224 or 256"),
        ({"image_size": 0}, "image size must be between 32 and 16384, got 0"),
        ({"depth": 0}, "depth must be between 1 and 1000, got 0"),
        ({"num_heads": 5}, "width 768 is not a multiple of num_heads 5"),
        ({"mlp_ratio": 65}, "mlp_ratio must be between 1 and 64, got 65"),
        ({"depth": 1, "dual_scale": True}, "depth must be between 2 and 1000, got 1"),
    ],
)
def test_impossible_models_are_refused(changes, message):
    with pytest.raises(SpecError) as caught:
        dataclasses.replace(CI2PSpec(), **changes).validate()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("option", "changes"),
    [
        pytest.param("depth", {"depth": 3}, id="an odd number of blocks"),
        pytest.param("num_heads", {"num_heads": 6}, id="a quarter of 6 heads"),
        pytest.param("width", {"width": 12, "num_heads": 12}, id="a squeeze to a quarter of 18 channels"),
        # CnnReshape expands width / 4 = 9 channels to 54 and squeezes them by 4
        pytest.param("width", {"width": 36, "num_heads": 12}, id="a squeeze to a quarter of 54 channels"),
    ],
)
def test_what_two_scales_cannot_share_evenly_is_refused_by_name(option, changes):
    with pytest.raises(SpecError, match=option):
        dataclasses.replace(CI2PSpec(dual_scale=True), **changes).validate()
