"""``effbench explain``."""

from __future__ import annotations

import pytest

from effbench.cost.convention import conventions
from effbench.render.table import FORMATS

LINE = "explain ci2p_vit_ds --size 384 --value 14.492G"


def test_json_is_an_array_with_an_object_per_convention(effbench):
    rows = effbench(f"{LINE} --format json").json
    assert len(rows) == len(conventions())
    for row in rows:
        assert {"convention", "value", "match", "ratio"} <= set(row)
        assert (type(row["value"]), type(row["ratio"])) == (int, float)


def test_the_convention_that_gives_the_figure_comes_first(effbench):
    first = effbench(f"{LINE} --format json").json[0]
    assert (first["convention"], first["value"], first["match"]) == ("ci2p_fused_attention", 14_491_865_088, "rounded")


def test_people_read_the_answer_in_the_first_line(effbench):
    first = effbench(LINE).out.splitlines()[0]
    assert first == ("ci2p_vit_ds at 384²: 14.492G holds under ci2p_fused_attention, fvcore_fused_attention")


def test_a_figure_that_nothing_gives_is_said_to_be_one(effbench):
    assert "ci2p_vit at 256²: 1G holds under no convention" in effbench("explain ci2p_vit --value 1G").out


def test_spaces_and_units_are_allowed_in_the_figure(effbench):
    rows = effbench("explain ravit_cifar10:1-3 --format json --value", "89.99 MFLOPs").json
    assert (rows[0]["convention"], rows[0]["match"]) == ("ravit", "truncated")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(effbench, format):
    ran = effbench(f"{LINE} --format {format}")
    assert (ran.code, ran.err) == (0, "")
    assert "fvcore" in ran.out


def test_csv_holds_the_exact_values(effbench):
    rows = effbench(f"{LINE} --format csv").csv
    assert rows[0]["value"] == "14491865088"


def test_output_goes_to_the_file_and_nowhere_else(effbench, tmp_path):
    printed = effbench(LINE)
    assert effbench(f"{LINE} --output", tmp_path / "a") == (0, "", "")
    assert (tmp_path / "a").read_text(encoding="utf-8") == printed.out
