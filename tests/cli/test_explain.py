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
    assert first.startswith(
        "14.492G is what ci2p_fused_attention prints of ci2p_vit_ds at 384², 14.492 G MACs: as ci2p,"
    )
    assert first.endswith("(also fvcore_fused_attention)")


def test_a_figure_that_nothing_gives_is_said_to_be_one(effbench):
    said = effbench("explain ci2p_vit --value 1G").out
    assert "1G of ci2p_vit at 256² holds under no way of counting and no variant tried; nearest is" in said


def test_parameters_are_explained_too(effbench):
    # 86 567 656 with the head of 1000 classes, 85 798 656 without.
    rows = effbench("explain vit_base_patch16 --value 86.6M --format json").json
    assert (rows[0]["convention"], rows[0]["kind"], rows[0]["value"]) == ("all parameters", "parameters", 86_567_656)


def test_a_figure_without_a_unit_is_tried_in_every_scale(effbench):
    rows = effbench("explain vit_base_patch16 --value 17.6 --format json").json
    assert (rows[0]["convention"], rows[0]["published"]) == ("macs", "17.6G")


def test_an_ambiguous_figure_prints_the_candidates_and_exits_with_2(effbench):
    # At 416 pixels ViT-Ti costs 5.806 G MACs and has 5.810 M parameters.
    ran = effbench("explain vit_tiny_patch16 --size 416 --value 5.8 --format json")
    assert ran.code == 2
    assert {(row["published"], row["kind"]) for row in ran.json} >= {("5.8G", "convention"), ("5.8M", "parameters")}
    assert "5.8 has no unit and may be 5.8M (all parameters) or 5.8G (macs)" in ran.err


def test_another_network_is_not_called_another_count(effbench):
    # 12 · (12 · 196 · 768² + 2 · 196² · 768) + 196 · 768² + 768 000 = 17.4716 G without class token; 17.564 with it.
    first = effbench("explain vit_base_patch16 --value 17.4716G").out.splitlines()[0]
    assert "with a difference, no class token" in first
    assert "another network, not another count" in first


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
