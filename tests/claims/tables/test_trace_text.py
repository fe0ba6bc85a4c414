"""Traces as text."""

from __future__ import annotations

from effbench.claims.load import papers
from effbench.claims.tables.find import find
from effbench.claims.tables.layout import table
from effbench.claims.tables.trace import trace
from effbench.claims.tables.trace_text import as_text


def text_of(key, row, column, nth=0):
    claims = find(*table(key, papers()), row, column)
    return as_text(trace(*table(key, papers()), claims[nth]))


def test_the_sum_is_shown():
    text = text_of("ci2p.2", "512", "ci2p_vit_ds")
    assert "Published: 25.762 G" in text
    assert "Verdict: rounded under ci2p_fused_attention at 512²" in text
    lines = [line.split() for line in text.splitlines()]
    head, row = (next(line for line in text.splitlines() if line.startswith(word)) for word in ("kind ", "mac_qk "))
    assert [row[head.index(name) + len(name) - 1] for name in ("count", "price")] == ["0", "1"]  # on the right
    assert ["mac_qk", "1,509,949,440", "1", "1,509,949,440"] in lines
    assert ["mac_qk", "1,509,949,440", "0", "0"] in lines
    (free,) = (line for line in text.splitlines() if line.split() == ["mac_qk", "1,509,949,440", "0", "0"])
    assert len(free) == len(head)  # its last figure, too
    assert [line[-1] for line in lines if line[:1] == ["sum"]] == ["28,782,239,744", "25,762,340,864"]


def test_a_percentage_shows_its_formula_with_both_pairs_of_figures():
    text = text_of("ci2p.2", "512", "ci2p_vit_ds", nth=1)
    assert "published figures: 100 x (1 - 25.762 G / 107 G)" in text
    assert "100 x (1 - 28,782,239,744 / 107,002,724,352) = 73.1014" in text


def test_an_exit_share_shows_its_division():
    text = text_of("ravit.1", "our 1-3 (0.05)", "MFLOPs")
    assert "exit 1: (89,999,360 - 80.81 M) / (89,999,360 - 6,832,640) = 11.0493%" in text
    assert "Ours: none" in text


def test_an_accuracy_says_whose_it_is():
    text = text_of("token_fusion.1", "Early token fusion / Mixing", "Acc @1")
    assert "Verdict: published only" in text
    assert "record: table1.early-mixing.top1 in effbench/claims/token_fusion.toml" in text
