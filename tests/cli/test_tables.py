"""``effbench tables``."""

from __future__ import annotations

import pytest

from effbench.render.formats import FORMATS

FAST = "ci2p.2 ravit.1"


def test_a_table_has_three_lines_a_row(effbench):
    out = effbench("tables ci2p.2").out
    assert "25.762 (75.92% ↓) G" in out
    assert "28.7822 (73.101% ↓) G" in out
    assert "+11.72 %, rounded under [b] (-2.82 points, follows)" in out


@pytest.mark.parametrize("style", FORMATS)
def test_every_format_is_printed_and_the_same_twice(effbench, style):
    first = effbench(f"tables {FAST} --format {style}")
    assert first.code == 0
    assert first.out
    assert first.out == effbench(f"tables {FAST} --format {style}").out


def test_csv_has_a_line_a_figure_of_all_tables_in_their_order(effbench):
    rows = effbench("tables ravit.1 ci2p.2 --format csv").csv
    assert [row["table"] for row in rows] == ["ravit.1"] * 18 + ["ci2p.2"] * 15
    assert rows[1]["published"] == "83.16"
    assert rows[1]["ours"] == "83166720"


def test_files_are_written_one_a_table_and_format(effbench, tmp_path):
    out = tmp_path / "new" / "folder"
    ran = effbench(f"tables {FAST} --format markdown latex --out", out)
    assert (ran.code, ran.out) == (0, "")
    assert sorted(path.name for path in out.iterdir()) == ["ci2p.2.md", "ci2p.2.tex", "ravit.1.md", "ravit.1.tex"]


def test_accuracies_of_ours_come_from_a_store(effbench, trained_store):
    path = trained_store({"1-3": [84]}, model="ravit_cifar10:{}", dataset="cifar10")
    out = effbench("tables ravit.1 --store", path).out
    assert "-0.90 points, measured, 1 seed, 1 epochs at 32²" in out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tables ravit.9", "unknown table 'ravit.9'; did you mean"),
        ("tables ravit.1 --format pdf", "invalid choice: 'pdf'"),
        ("tables ravit.1 --format csv latex", "several formats need --out DIR"),
        ("tables ravit.1 --store nothing.jsonl", "no store nothing.jsonl"),
    ],
)
def test_bad_input_is_one_line(effbench, line, said):
    ran = effbench(line)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_store_that_is_missing_leaves_no_folder(effbench, tmp_path):
    assert effbench("tables ravit.1 --store nothing.jsonl --out", tmp_path / "new").code == 2
    assert not (tmp_path / "new").exists()
