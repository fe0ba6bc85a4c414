"""What a figure is: by formula alone, and the list of published figures."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from effbench.claims.answer import answer
from effbench.models.registry import resolve

ROWS = list(csv.DictReader((Path(__file__).parent / "data" / "published_figures.csv").read_text("utf-8").splitlines()))


def test_the_list_has_sixty_figures_with_a_source_each():
    assert len(ROWS) == 60
    assert all(row["source"] and row["answer"] for row in ROWS)


OURS = [row for row in ROWS if not row["model"].startswith("timm/") and resolve(row["model"]).has_formula]


@pytest.mark.parametrize("row", OURS, ids=lambda row: f"{row['model']}-{row['value']}")
def test_a_published_figure_of_a_model_with_a_formula_is_answered_first(row):
    assert answer(row["model"], int(row["size"]), row["value"]).first.convention.startswith(row["answer"])


def test_near_misses_name_the_kinds_that_make_the_difference():
    # 25 norms of 197 · 768 elements at 5 each: 18.9 M.
    found = answer("vit_base_patch16", 224, "17.564G")
    row = next(one for one in found.candidates if one.convention == "fvcore")
    assert row.difference == "layer_norm_elem +18.912 M"
    # The paper leaves out the patch embeddings, 2 · (64 · 48 + 16 · 48) · 128, and the classes, 2 · 2 · 128 · 10.
    found = answer("ravit_cifar10:1-3", 32, "89.99936M")
    row = next(one for one in found.candidates if one.convention == "flops")
    assert row.difference == "mac_conv +983.040 k, mac_linear +5.120 k"


def test_a_figure_that_one_more_kind_would_give_says_which():
    # 17 563 828 224 MACs and 2 for each of 3 782 400 elements that are normalised.
    assert answer("vit_base_patch16", 224, "17.571393024G").missing == "2 per layer_norm_elem"
    # 12 · 12 · 197² of the softmax and 12 · 197 · 3072 of GELU: 5 588 496 and 7 262 208
    assert answer("vit_base_patch16", 224, "17.576678928G").missing == "1 per softmax_elem and 1 per act_elem"
    # No tool asks 3 for a norm: 3 · 3 782 400.
    assert answer("vit_base_patch16", 224, "17.575175424G").missing == ""


def test_the_paper_s_own_convention_comes_first_for_its_own_model_alone():
    assert answer("ci2p_vit", 256, "8.477G").first.convention == "ci2p"
    assert answer("vit_base_patch16", 224, "17.6G").first.convention == "macs"


def test_parameters_that_a_folded_network_rounds_to_are_not_cut_off_ones():
    # 6.186 M with batch norms, which would be cut off; 6.115 M without.
    pytest.importorskip("timm")
    found = answer("timm/efficientformerv2_s1", 224, "6.1M")
    assert (found.first.convention[:17], found.first.match) == ("batch norm folded", "rounded")
    assert found.candidates[1].convention == "all parameters"
