"""Explanations of wrong figures: another row's, another quantity, another size; and what is near enough to be right."""

from __future__ import annotations

import pytest

from effbench.claims.judge import verdicts
from effbench.claims.mistakes import explained, nearly


@pytest.fixture
def reason(paper_of):
    """``reason(row, …)``: (kind, reason) of the first row, whose id is "a", among all rows."""

    def of_first(*rows):
        found = verdicts(paper_of(*rows))
        assert found[0].outcome == "off"
        return explained(found[0], found)

    return of_first


# ViT-B/16 without class token at 256 has 23 126 802 432 under ci2p; ViT-B/32 there 5.668 G.
WRONG = {"id": "a", "system": "ViT-B/32", "model": "vit_base_patch32_gap", "size": 256, "printed": "23.13"}
RIGHT = {"id": "b", "system": "ViT-B/16", "model": "vit_base_patch16_gap", "size": 256, "printed": "23.13"}


def test_the_digits_of_an_alike_row_that_holds_were_copied(reason):
    row = {"row": "ViT-B/16 [1]"}
    assert reason(WRONG, {**RIGHT, **row}) == (
        "copied figure",
        "it is the figure of the row ViT-B/16 [1] at 256², where it holds",
    )


# 17 489 697 792 at 224, which is ViT-B/16's own size.
def test_without_a_stated_size_the_copied_row_has_none(reason):
    rows = ({**row, "printed": "17.49", "size": None} for row in (WRONG, RIGHT))
    assert reason(*rows) == ("copied figure", "it is the figure of the row b, where it holds")


@pytest.mark.parametrize(
    "change",
    [
        {"where": "Table 2"},
        {"column": "FLOPs at 512"},
        {"printed": "23.12"},
        {"printed": "23.130"},
        {"size": 384},  # there it is off itself
        {"metric": "top1", "unit": "%"},  # no count of ours stands beside it
    ],
)
def test_a_row_of_another_column_or_figure_or_one_that_is_off_was_not_copied(reason, change):
    assert reason(WRONG, {**RIGHT, **change})[0] != "copied figure"


# ResNet-50 and DeiT-S have no more in common than digits; DeiT-S has 22 050 664 parameters.
SMALL = {"id": "b", "system": "DeiT-S", "model": "deit_small_patch16", "size": 224, "metric": "params", "unit": "M"}


@pytest.mark.parametrize(
    ("digits", "system", "kind"),
    [
        ("22", "ResNet-50", "off"),
        ("22.1", "ResNet-50", "off"),
        ("22.05", "ResNet-50", "copied figure"),  # four digits are no accident
        ("22", "DeiT-B", "copied figure"),  # a name that is alike
    ],
)
def test_few_equal_digits_are_an_accident_unless_the_names_are_alike(reason, digits, system, kind):
    wrong = {**SMALL, "id": "a", "system": system, "model": "deit_base_patch16", "printed": digits}
    assert reason(wrong, {**SMALL, "printed": digits})[0] == kind


# ViT-Ti/16 has 5 717 416 parameters: four digits without a point are as many as with one.
def test_a_decimal_point_is_no_digit(reason):
    right = {**SMALL, "model": "vit_tiny_patch16", "printed": "5717", "unit": "k"}
    wrong = {**right, "id": "a", "system": "ResNet-50", "model": "deit_base_patch16"}
    assert reason(wrong, right)[0] == "copied figure"


def test_of_several_equal_rows_the_most_alike_was_copied(reason):
    far = {**RIGHT, "id": "c", "system": "CI2P", "row": "CI2P"}
    assert "the row b at" in reason(WRONG, far, RIGHT)[1]


def test_digits_of_the_cost_in_the_column_of_parameters_are_another_quantity(reason):
    # ViT-B/16 at 384: 86.9 M parameters, 55 484 350 464 MACs.
    row = {"id": "a", "model": "vit_base_patch16", "size": 384, "metric": "params", "unit": "M", "printed": "55.5"}
    assert reason(row) == ("other quantity", "the digits are the model's cost, 55.484 G under macs")


def test_a_cost_is_not_taken_for_another_quantity(reason):
    row = {"id": "a", "model": "vit_base_patch16", "size": 384, "printed": "86.86"}
    assert reason(row)[0] == "off"


def test_a_figure_that_holds_at_the_models_own_size_is_named_so(reason):
    # 12 · (12LD² + 2L²D) + L·768·D + 768·1000 with L = 197 (196 patches), D = 768: 17 563 828 224 at 224.
    row = {"id": "a", "model": "vit_base_patch16", "size": 384, "printed": "17.564"}
    assert reason(row) == ("image size", "it holds at 224² (macs)")


def test_two_changes_at_once_are_no_explanation(reason):
    # 86.86 M at 384; 85 798 656 at 224 without the head.
    row = {"id": "a", "model": "vit_base_patch16", "size": 384, "metric": "params", "unit": "M", "printed": "85.8"}
    kind, said = reason(row)
    assert kind == "off"
    assert said.endswith("it would hold at 224² (without head), two changes at once")


# 17 563 828 224 MACs at 224.
@pytest.mark.parametrize(("later", "said"), [("17.6", "which holds under macs"), ("9", "under no way of counting")])
def test_what_a_later_version_prints_comes_first(reason, later, said):
    row = {"id": "a", "model": "vit_base_patch16", "size": 224, "printed": "15", "later": later, "later_in": "v2"}
    kind, found = reason(row)
    assert (kind, found.startswith(f"v2 prints {later} G")) == ("changed later", True)
    assert said in found


def test_what_nothing_explains_is_off_by_a_factor(reason):
    # 17 563 828 224 / 15 G
    row = {"id": "a", "model": "vit_base_patch16", "size": 224, "printed": "15"}
    assert reason(row) == ("off", "1.171 times the printed figure")


# 22 050 664 parameters, 21 665 664 without the head.
@pytest.mark.parametrize(
    ("digits", "near"),
    [("23", True), ("21", True), ("24", False), ("20", False), ("22.15", False), ("22.2", False), ("22.1", True)],
)
def test_less_than_one_in_the_last_digit_away_is_near(paper_of, digits, near):
    (found,) = verdicts(paper_of({**SMALL, "printed": digits}))
    assert nearly(found) == near


def test_a_figure_that_was_not_checked_is_not_near(paper_of):
    (found,) = verdicts(paper_of({**SMALL, "printed": "22", "model": "ci2p_vit", "size": 250}))
    assert not nearly(found)
