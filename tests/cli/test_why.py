"""``effbench why``."""

from __future__ import annotations

import json

import pytest


def test_a_cell_with_two_figures_is_two_traces(effbench):
    out = effbench("why ci2p.2 512 ci2p_vit_ds").out
    assert out.count("Published:") == 2
    assert "25,762,340,864" in out


def test_json_holds_the_same(effbench):
    traces = effbench("why ci2p.2 512 ci2p_vit_ds --format json").json
    assert [one["claim"] for one in traces] == ["table2.512.ci2p-vit-ds-flops", "table2.512.ci2p-vit-ds-reduction"]
    assert traces[0]["counts"][1]["value"] == 25_762_340_864


def test_labels_with_spaces_are_one_argument(effbench):
    out = effbench("why ravit.3", "our 1-1-10 (no EE)", "% GFLOPs").out
    assert "Verdict: contradicts" in out


def test_it_can_be_written_to_a_file(effbench, tmp_path):
    ran = effbench("why ci2p.2 256 vit_base_patch16_gap --format json --output", tmp_path / "why.json")
    assert (ran.code, ran.out) == (0, "")
    assert json.loads((tmp_path / "why.json").read_text())[0]["ours"] == 23_126_802_432


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("why ci2p.3 512 ci2p_vit", "unknown table 'ci2p.3'"),
        ("why ci2p.2 640 ci2p_vit", "unknown row of ci2p.2 '640'"),
        ("why ci2p.2 512 deit", "unknown column of ci2p.2 'deit'"),
        ("why ravit.1 1-3 MFLOPs", "may be 'our 1-3 (no EE)'"),
        ("why ci2p.2 512", "the following arguments are required: COLUMN"),
    ],
)
def test_bad_input_is_one_line(effbench, line, said):
    ran = effbench(line)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
