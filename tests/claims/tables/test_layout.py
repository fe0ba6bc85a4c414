"""Layouts against the claims: every figure of every table has a cell, in the order of the paper."""

from __future__ import annotations

import pytest

from effbench.claims.load import PAPERS, paper
from effbench.claims.tables.layout import RowKey, grid, layout, layouts
from effbench.errors import UnknownName


def test_every_table_of_every_paper_has_a_layout():
    printed = {(key, claim.where) for key in PAPERS for claim in paper(key).claims if claim.in_table}
    assert {(one.paper, one.where) for one in layouts().values()} == printed


@pytest.mark.parametrize("key", layouts())
def test_every_figure_stands_in_a_column_of_its_layout(key):
    table = layout(key)
    assert {claim.column for claim in table.claims()} <= set(table.columns)
    shown = [claim.id for cells in grid(table).values() for name in table.columns for claim in cells.get(name, ())]
    assert sorted(shown) == sorted(claim.id for claim in table.claims())


@pytest.mark.parametrize("key", layouts())
def test_no_row_has_more_labels_than_its_table(key):
    table = layout(key)
    assert all(row.row.count(" / ") < len(table.labels) for row in grid(table))


def test_rows_are_those_of_the_paper():
    assert [key.row for key in grid(layout("ravit.2"))] == [
        "3 layers ViT",
        "4 layers ViT",
        "6 layers ViT",
        "our 2-0-3 (no EE)",
        "our 2-0-3 (0.2)",
        "our 2-0-3 (0.25)",
    ]


def test_a_system_printed_at_two_sizes_is_two_rows():
    rows = [key for key in grid(layout("token_fusion.2")) if key.row.startswith("CeiT-S")]
    assert rows == [RowKey("CeiT-S (Yuan et al. 2021)", 224), RowKey("CeiT-S (Yuan et al. 2021)", 384)]


def test_a_cell_may_hold_a_figure_and_its_reduction():
    claims = grid(layout("ci2p.2"))[RowKey("384^2", None)]["CI2P-ViT FLOPs"]
    assert [claim.printed for claim in claims] == ["19.284", "65.21"]


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(UnknownName, match=r"unknown table 'ravit\.4'; did you mean ravit\.[123]"):
        layout("ravit.4")
