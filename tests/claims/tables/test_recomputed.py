"""CI2P-ViT's Table 2: our integers beside the printed figures."""

from __future__ import annotations

import pytest

from effbench.claims.tables.recomputed import CostTable
from effbench.cost.convention import convention

CI2P, BLIND = convention("ci2p"), convention("ci2p_fused_attention")
MODELS = ["vit_base_patch16_gap", "ci2p_vit", "ci2p_vit_ds"]
SIZES = [256, 384, 512]

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
def table():
    return CostTable()


@pytest.fixture(scope="module")
def cells(table):
    return {(cell.cost.model, cell.cost.size): cell for cell in table.cells(SIZES, CI2P)}


def test_models_and_sizes_are_those_of_the_paper_s_table(table):
    assert (table.models, table.sizes) == (MODELS, SIZES)


def test_one_cell_per_size_and_model_in_the_order_of_the_table(table):
    found = [(cell.cost.size, cell.cost.model) for cell in table.cells((512, 256), CI2P)]
    assert found == [(size, model) for size in (512, 256) for model in MODELS]


@pytest.mark.parametrize(("place", "value"), VALUES.items(), ids=str)
def test_the_columns_that_count_attention_come_out(cells, place, value):
    assert (cells[place].cost.value, cells[place].paper_holds_under) == (value, "ci2p")


@pytest.mark.parametrize("size", SIZES)
def test_the_dual_scale_column_comes_out_without_attention_only(table, cells, size):
    blind = {(cell.cost.model, cell.cost.size): cell.cost.value for cell in table.cells(SIZES, BLIND)}
    assert blind["ci2p_vit_ds", size] == DUAL_SCALE_BLIND[size]
    cell = cells["ci2p_vit_ds", size]
    assert cell.cost.value == DUAL_SCALE_BLIND[size] + attention_products(size)
    assert cell.words == "holds under ci2p_fused_attention (rounded)"


@pytest.mark.parametrize(
    ("size", "printed", "ours"), [(256, "72.15", 71.33), (384, "73.86", 72.13), (512, "75.92", 73.10)]
)
def test_the_reductions_of_the_dual_scale_model_are_smaller_than_printed(cells, size, printed, ours):
    cell = cells["ci2p_vit_ds", size]
    assert cell.paper_reduction == printed
    assert cell.reduction_percent == pytest.approx(ours, abs=0.005)


def test_the_published_figures_stand_beside_ours_as_printed(cells):
    cell = cells["vit_base_patch16_gap", 512]
    assert (cell.paper_printed, cell.paper_match, cell.paper_reduction) == ("107 G", "rounded", None)
    assert cell.reduction_percent == 0


def test_other_sizes_are_computed_without_a_published_figure(table):
    found = table.cells((224,), CI2P)
    assert [cell.cost.size for cell in found] == [224] * 3
    for cell in found:
        assert {value for key, value in cell.plain().items() if key.startswith("paper_")} == {None}


def test_a_batch_costs_more_and_saves_the_same(table, cells):
    for cell in table.cells(SIZES, CI2P, batch=8):
        single = cells[cell.cost.model, cell.cost.size]
        assert cell.cost.value == 8 * single.cost.value
        assert cell.reduction_percent == single.reduction_percent


def test_the_table_is_known_to_mix_conventions(table):
    (text,) = table.mixed_conventions()
    assert text.startswith("Table 2 mixes two ways of counting: 6 figures hold under ci2p, CI2P-ViT^ds only under")
