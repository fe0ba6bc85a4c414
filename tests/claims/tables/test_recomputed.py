"""CI2P-ViT's Table 2: our integers beside the printed figures."""

from __future__ import annotations

import pytest

from effbench.claims.comparison import MODELS, SIZES, mixed_conventions, table2
from effbench.cost.convention import convention

CI2P, BLIND = convention("ci2p"), convention("ci2p_fused_attention")

VALUES = {
    ("vit_base_patch16_gap", 256): 23_126_802_432,
    ("vit_base_patch16_gap", 384): 55_432_691_712,
    ("vit_base_patch16_gap", 512): 107_002_724_352,
    ("ci2p_vit", 256): 8_476_811_264,
    ("ci2p_vit", 384): 19_283_963_904,
    ("ci2p_vit", 512): 34_810_339_328,
}
"""With attention products; published 23.127, 55.433, 107, 8.477, 19.284, 34.81 G."""

DUAL_SCALE_BLIND = {256: 6_441_525_248, 384: 14_491_865_088, 512: 25_762_340_864}
"""Without attention products; published 6.442, 14.492, 25.762 G."""


def attention_products(side: int) -> int:
    """2·L²·D a block: 6 blocks of width 192 on (side/16)² tokens, 6 of width 768 on (side/32)²."""
    return 6 * 2 * (side // 16) ** 4 * 192 + 6 * 2 * (side // 32) ** 4 * 768


@pytest.fixture(scope="module")
def rows():
    return {(row["model"], row["size"]): row for row in table2(SIZES, CI2P)}


def test_one_row_per_size_and_model_in_the_order_of_the_table():
    found = [(row["size"], row["model"]) for row in table2((512, 256), CI2P)]
    assert found == [(size, model) for size in (512, 256) for model in MODELS]


@pytest.mark.parametrize(("place", "value"), VALUES.items(), ids=str)
def test_the_columns_that_count_attention_come_out(rows, place, value):
    assert (rows[place]["value"], rows[place]["paper_holds_under"]) == (value, "ci2p")


@pytest.mark.parametrize("size", SIZES)
def test_the_dual_scale_column_comes_out_without_attention_only(rows, size):
    blind = {(row["model"], row["size"]): row["value"] for row in table2(SIZES, BLIND)}
    assert blind["ci2p_vit_ds", size] == DUAL_SCALE_BLIND[size]
    assert rows["ci2p_vit_ds", size]["value"] == DUAL_SCALE_BLIND[size] + attention_products(size)
    assert rows["ci2p_vit_ds", size]["paper_holds_under"] == "ci2p_fused_attention"


@pytest.mark.parametrize(
    ("size", "printed", "ours"), [(256, "72.15", 71.33), (384, "73.86", 72.13), (512, "75.92", 73.10)]
)
def test_the_reductions_of_the_dual_scale_model_are_smaller_than_printed(rows, size, printed, ours):
    row = rows["ci2p_vit_ds", size]
    assert row["paper_reduction"] == printed
    assert row["reduction_percent"] == pytest.approx(ours, abs=0.005)


def test_the_published_figures_stand_beside_ours_as_printed(rows):
    row = rows["vit_base_patch16_gap", 512]
    assert (row["paper_printed"], row["paper_match"], row["paper_reduction"]) == ("107 G", "rounded", None)
    assert row["reduction_percent"] == 0


def test_other_sizes_are_computed_without_a_published_figure():
    (vit, ci2p, ds) = table2((224,), CI2P)
    assert [row["size"] for row in (vit, ci2p, ds)] == [224] * 3
    for row in (vit, ci2p, ds):
        assert {row[key] for key in row if key.startswith("paper_")} == {None}


def test_a_batch_costs_more_and_saves_the_same(rows):
    for row in table2(SIZES, CI2P, batch=8):
        single = rows[row["model"], row["size"]]
        assert row["value"] == 8 * single["value"]
        assert row["reduction_percent"] == single["reduction_percent"]


def test_the_table_is_known_to_mix_conventions():
    (finding,) = mixed_conventions()
    assert finding.claims == tuple(f"table2.{size}.ci2p-vit-ds-flops" for size in SIZES)
