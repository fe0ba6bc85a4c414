"""Names as users type them."""

from __future__ import annotations

import pytest

from effbench.claims.load import papers
from effbench.claims.tables import find as module
from effbench.claims.tables.layout import table as table_of
from effbench.errors import EffbenchError, UnknownName


def find(table, row, column):
    return module.find(*table_of(table, papers()), row, column)


def found(table, row, column):
    """(row, column, published digits)."""
    claims = find(table, row, column)
    return claims[0].row, claims[0].column, [claim.printed for claim in claims]


@pytest.mark.parametrize("row", ["512", "512^2", "512²"])
@pytest.mark.parametrize("column", ["ci2p_vit_ds", "CI2P-ViT^ds FLOPs", "vit^ds"])
def test_part_of_a_label_or_a_model_is_enough(row, column):
    assert found("ci2p.2", row, column) == ("512^2", "CI2P-ViT^ds FLOPs", ["25.762", "75.92"])


def test_a_model_means_its_own_column_though_its_name_is_part_of_another():
    assert found("ci2p.2", "256", "ci2p_vit")[1] == "CI2P-ViT FLOPs"


def test_an_exact_head_goes_first():
    assert found("ravit.1", "4 layers ViT", "MFLOPs")[2] == ["110.88"]
    assert found("ravit.1", "4 layers ViT", "% MFLOPs")[2] == ["100"]


def test_a_metric_means_the_column_of_figures_and_not_that_of_percentages():
    assert found("ravit.3", "12 layers", "flops")[1] == "GFLOPs"
    assert found("token_fusion.2", "cvt_21", "params")[2] == ["31.5"]


def test_the_image_side_tells_rows_apart():
    assert found("token_fusion.2", "CeiT-S (Yuan et al. 2021), 384²", "Acc @1")[2] == ["83.3"]
    with pytest.raises(EffbenchError, match=r"'CeiT-S' may be 'CeiT-S .* 224²' or 'CeiT-S .* 384²'"):
        find("token_fusion.2", "CeiT-S", "Acc @1")


def test_several_rows_are_named():
    with pytest.raises(EffbenchError, match=r"'1-3' may be 'our 1-3 \(no EE\)' or 'our 1-3 \(0.05\)'"):
        find("ravit.1", "1-3", "MFLOPs")


def test_an_unknown_row_or_column_names_what_there_is():
    with pytest.raises(UnknownName, match=r"unknown row of ci2p\.2 '640'; known: 256\^2, 384\^2, 512\^2"):
        find("ci2p.2", "640", "ViT FLOPs")
    with pytest.raises(UnknownName, match=r"unknown column of ravit\.1 'latency'"):
        find("ravit.1", "3 layers ViT", "latency")
    with pytest.raises(UnknownName):
        find("ravit.1", "", "MFLOPs")


def test_a_dash_is_no_figure():
    with pytest.raises(EffbenchError, match=r"prints a dash at DeiT-S .* / Acc @5"):
        find("token_fusion.2", "DeiT-S", "Acc @5")
