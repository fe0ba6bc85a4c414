"""``effbench lint``."""

from __future__ import annotations

import pytest

from effbench.render.table import FORMATS

RIGHT = "Model,Image size,#Params (M),FLOPs (G)\nSwin-T,224,28.3,4.49\nSwin-S,224,49.6,8.74\nSwin-B,224,87.8,15.43\n"
WRONG = RIGHT.replace("8.74", "15.43")


@pytest.fixture
def table(tmp_path):
    def write(text):
        (tmp_path / "t.csv").write_text(text, encoding="utf-8")
        return tmp_path / "t.csv"

    return write


def test_a_correct_table_exits_with_0_and_an_empty_array(effbench, table):
    ran = effbench("lint --format json", table(RIGHT))
    assert (ran.code, ran.json, ran.err) == (0, [], "")


def test_a_fault_exits_with_1_and_stands_in_the_array(effbench, table):
    ran = effbench("lint --format json", table(WRONG))
    assert ran.code == 1
    (row,) = ran.json
    assert list(row) == ["row", "column", "finding", "printed", "ours", "convention", "text"]
    assert (row["row"], row["column"], row["finding"], row["printed"]) == ("Swin-S", "FLOPs (G)", "copied", "15.43")
    assert (row["convention"], row["ours"] // 10**7) == ("macs", 874)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(effbench, table, format):
    ran = effbench(f"lint --format {format}", table(WRONG))
    assert (ran.code, ran.err) == (1, "")
    assert "Swin-S" in ran.out


def test_people_read_how_every_column_is_counted(effbench, table):
    out = effbench("lint", table(RIGHT)).out
    assert "0 findings, 0 undecidable" in out
    assert "FLOPs (G): macs (3 of 3 figures, rounded)" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [("missing.csv", "cannot read missing.csv"), ("setup.py", "none of .tex, .csv, .md and .html")],
)
def test_what_cannot_be_read_is_one_line_and_exit_code_2(effbench, arguments, said):
    ran = effbench(f"lint {arguments}")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
