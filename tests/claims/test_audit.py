"""The audit of a paper: figures and inconsistencies as rows that files can hold, and our value beside each figure."""

from __future__ import annotations

import json

import pytest

from effbench.claims.audit import audit
from effbench.claims.load import paper, papers
from effbench.render.table import render


def rows_of(about):
    return json.loads(render([*audit(about).verdicts.values(), *audit(about).findings], [], "json"))


@pytest.mark.parametrize("about", papers(), ids=lambda about: about.key)
def test_figures_come_first_in_the_paper_s_order_then_inconsistencies(about):
    rows, count = rows_of(about), len(about.claims)
    assert [row["claims"] for row in rows[:count]] == [[claim.id] for claim in about.claims]
    assert {row["record"] for row in rows[:count]} == {"figure"}
    assert {row["record"] for row in rows[count:]} == {"inconsistency"}


def test_a_paper_is_audited_once():
    assert audit(paper("ravit")) is audit(paper("ravit"))


def figure(claim):
    """The row of one published figure of RAViT."""
    return audit(paper("ravit")).verdicts[claim].plain()


def test_a_figure_keeps_its_digits_and_gets_our_value():
    row = figure("table1.ours-1-3.flops")
    assert (row["printed"], row["unit"], row["verdict"]) == ("89.99", "M", "truncated")
    assert (row["ours"], type(row["ours"]), row["under"], row["at_size"]) == (89_999_360, int, "ravit", 32)
    assert row["ratio"] == pytest.approx(89_999_360 / 89_990_000)


def test_a_relation_has_our_value_in_its_own_unit():
    # 30.25 / 34.89
    row = figure("table3.ours-1-1-10.flops-percent")
    assert (row["printed"], row["unit"], row["verdict"]) == ("81", "%", "contradicts")
    assert row["ours"] == pytest.approx(86.70, abs=0.005)


def test_implied_shares_stand_with_early_exit_rows():
    shares = figure("table3.ours-1-1-10-ee-1-5.flops")["implied_shares"]
    assert shares == pytest.approx([0.1008, 0.1040], abs=0.00005)


def test_an_inconsistency_names_its_place_kind_and_claims():
    (first, second, *_) = (finding.plain() for finding in audit(paper("ravit")).findings)
    assert (first["where"], first["kind"]) == ("Table III", "arithmetic")
    assert (second["kind"], second["claims"]) == ("ratio", ["text.s5-b.0-0-3-over-0-5-0"])
    assert list(first) == ["record", "paper", "where", "kind", "detail", "claims"]
