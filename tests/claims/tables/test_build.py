"""Whole tables: what is committed is what is made, and what cannot be counted says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from effbench.claims.tables import ours
from effbench.claims.tables.build import build
from effbench.claims.tables.html import as_html
from effbench.claims.tables.latex import as_latex
from effbench.claims.tables.layout import layout
from effbench.claims.tables.table import as_text
from effbench.counting.operations import operations
from effbench.errors import MissingExtra

COMMITTED = Path(__file__).parents[3] / "reports" / "tables"
BY_FORMULA = ("ci2p.2", "ravit.1", "ravit.2", "ravit.3", "token_fusion.1", "token_fusion.4")
"""Tables of models with formulas alone."""


@pytest.mark.parametrize("key", BY_FORMULA)
def test_the_committed_tables_are_what_is_made_without_torch_too(key):
    table = build(layout(key))
    assert (COMMITTED / f"{key}.md").read_text(encoding="utf-8") == as_text(table, "markdown")
    assert (COMMITTED / f"{key}.tex").read_text(encoding="utf-8") == as_latex(table)
    assert (COMMITTED / f"{key}.html").read_text(encoding="utf-8") == as_html(table)


def test_the_same_table_twice_is_the_same_bytes():
    assert as_text(build(layout("ci2p.2")), "table") == as_text(build(layout("ci2p.2")), "table")


def test_a_row_label_is_split_among_the_label_columns():
    labels = [row.labels for row in build(layout("token_fusion.4")).rows]
    assert labels[0] == ("Late token fusion", "Copy + Add", "Token-wise")
    assert build(layout("token_fusion.3")).rows[0].labels == ("CoCa (Yu et al. 2022)", "")


def test_where_nothing_but_accuracies_is_printed_a_row_is_one_line():
    assert {tuple(row.lines()) for row in build(layout("token_fusion.1")).rows} == {("published",)}


def test_every_mark_is_explained():
    for key in BY_FORMULA:
        table = build(layout(key))
        used = {figure.mark for row in table.rows for cell in row.cells for figure in cell} - {""}
        assert used <= set(table.marks)


def test_findings_stand_below_their_own_table_alone():
    assert any("mixes two ways of counting" in note for note in build(layout("ci2p.2")).notes)
    assert not any(note.startswith("Found") for note in build(layout("ravit.1")).notes)


def test_what_cannot_be_counted_here_says_so(monkeypatch):
    def without_torch(name, size=None):
        if name == "cvt_21":
            raise MissingExtra("counting cvt_21", "torch", "measure")
        return operations(name, size)

    monkeypatch.setattr(ours, "operations", without_torch)
    found = ours.audited("token_fusion")
    unread = found.verdicts["table2.cvt-21.params"].__class__(
        claim=found.paper.claim("table2.cvt-21.params"), outcome="not checked", detail="counting cvt_21 needs torch"
    )
    assert ours.said(unread) == "not counted here (needs the measure extra)"


def test_a_table_with_figures_that_are_not_counted_warns_of_it(monkeypatch):
    table = layout("ravit.1")
    assert not any(note.startswith("not counted here") for note in build(table).notes)
    monkeypatch.setattr("effbench.claims.tables.figure.said", lambda verdict: ours.NOT_COUNTED)
    assert any(note.startswith("not counted here: a network without a formula") for note in build(table).notes)
