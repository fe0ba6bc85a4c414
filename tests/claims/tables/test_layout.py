"""Layouts against the claims: every figure of every table has a cell, in the order of the paper."""

from __future__ import annotations

import pytest

from effbench.claims.load import papers
from effbench.claims.tables.layout import RowKey, claims_of, grid, label, table, tables
from effbench.errors import UnknownName


def cells(key):
    return grid(*table(key, papers()))


@pytest.mark.parametrize("key", tables(papers()))
def test_every_figure_stands_in_a_column_of_its_layout(key):
    about, layout = table(key, papers())
    shown = [claim.id for row in cells(key).values() for name in layout.columns for claim in row.get(name, ())]
    assert shown
    assert sorted(shown) == sorted(claim.id for claim in claims_of(about, layout))


@pytest.mark.parametrize("key", tables(papers()))
def test_no_row_has_more_labels_than_its_table(key):
    _, layout = table(key, papers())
    assert all(row.row.count(" / ") < len(layout.labels) for row in cells(key))


def test_a_row_is_called_by_its_label_and_where_needed_its_image_side():
    _, layout = table("token_fusion.2", papers())
    assert label(RowKey("CeiT-S", 224), layout) == "CeiT-S, 224²"
    _, layout = table("ci2p.2", papers())
    assert label(RowKey("224^2", None), layout) == "224^2"


def test_rows_are_those_of_the_paper():
    assert [key.row for key in cells("ravit.2")] == [
        "3 layers ViT",
        "4 layers ViT",
        "6 layers ViT",
        "our 2-0-3 (no EE)",
        "our 2-0-3 (0.2)",
        "our 2-0-3 (0.25)",
    ]


def test_a_system_printed_at_two_sizes_is_two_rows():
    rows = [key for key in cells("token_fusion.2") if key.row.startswith("CeiT-S")]
    assert rows == [RowKey("CeiT-S (Yuan et al. 2021)", 224), RowKey("CeiT-S (Yuan et al. 2021)", 384)]


def test_a_cell_may_hold_a_figure_and_its_reduction():
    claims = cells("ci2p.2")[RowKey("384^2", None)]["CI2P-ViT FLOPs"]
    assert [claim.printed for claim in claims] == ["19.284", "65.21"]


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(UnknownName, match=r"unknown table 'ravit\.4'; did you mean ravit\.[123]"):
        table("ravit.4", papers())
