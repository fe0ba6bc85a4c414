"""Whole tables: what is committed is what is made, and what cannot be counted says so."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from effbench.claims import wording
from effbench.claims.load import paper, papers
from effbench.claims.tables import build as module
from effbench.claims.tables.formats import in_format
from effbench.claims.tables.layout import table
from effbench.claims.verdict import Verdict
from effbench.counting.operations import operations
from effbench.errors import MissingExtra
from effbench.render.formats import FORMATS
from effbench.report.accuracies import committed_stores, trainings

COMMITTED = Path(__file__).parents[3] / "reports" / "tables"
BY_FORMULA = ("ci2p.2", "ravit.1", "ravit.2", "ravit.3", "token_fusion.1", "token_fusion.4")
"""Tables of models with formulas alone."""
RUNS = trainings(committed_stores(Path(__file__).parents[3]))


def build(key):
    return module.build(*table(key, papers()))


@pytest.mark.parametrize("key", BY_FORMULA)
def test_the_committed_tables_are_what_is_made_without_torch_too(key):
    made = module.build(*table(key, papers()), RUNS)
    for style in ("markdown", "latex", "html"):
        assert (COMMITTED / f"{key}.{FORMATS[style].suffix}").read_text(encoding="utf-8") == in_format([made], style)


def test_the_same_table_twice_is_the_same_bytes():
    assert in_format([build("ci2p.2")], "table") == in_format([build("ci2p.2")], "table")


def test_a_row_label_is_split_among_the_label_columns():
    labels = [row.labels for row in build("token_fusion.4").rows]
    assert labels[0] == ("Late token fusion", "Copy + Add", "Token-wise")
    assert build("token_fusion.3").rows[0].labels == ("CoCa (Yu et al. 2022)", "")
    about, layout = table("token_fusion.4", papers())
    two = module.build(about, dataclasses.replace(layout, labels=layout.labels[:2]))
    assert two.rows[0].labels == ("Late token fusion", "Copy + Add / Token-wise")  # never more than there are heads


def test_where_nothing_but_accuracies_is_printed_a_row_is_one_line():
    assert {tuple(row.lines()) for row in build("token_fusion.1").rows} == {("published",)}


def test_every_mark_is_explained():
    for key in BY_FORMULA:
        made = build(key)
        used = {figure.mark for row in made.rows for cell in row.cells for figure in cell} - {""}
        assert used <= set(made.marks)


def test_findings_stand_below_their_own_table_alone():
    assert any("mixes two ways of counting" in note for note in build("ci2p.2").notes)
    assert not any(note.startswith("Found") for note in build("ravit.1").notes)


def test_what_cannot_be_counted_here_says_so(monkeypatch):
    def without_torch(name, size=None):
        if name == "cvt_21":
            raise MissingExtra("counting cvt_21", "torch", "measure")
        return operations(name, size)

    monkeypatch.setattr(wording, "operations", without_torch)
    claim = paper("token_fusion").claim("table2.cvt-21.params")
    unread = Verdict(claim=claim, outcome="not checked", detail="counting cvt_21 needs torch")
    assert wording.in_few_words(unread) == "not counted here (needs the measure extra)"


def test_a_table_with_figures_that_are_not_counted_warns_of_it(monkeypatch):
    assert not any(note.startswith("not counted here") for note in build("ravit.1").notes)
    monkeypatch.setattr("effbench.claims.tables.figure.in_few_words", lambda verdict: wording.NOT_COUNTED)
    assert any(note.startswith("not counted here: a network without a formula") for note in build("ravit.1").notes)
