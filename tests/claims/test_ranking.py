"""Ranking: which way of counting explains most of a table."""

from __future__ import annotations

import pytest

from effbench.claims.load import paper
from effbench.claims.ranking import is_direct, ranking
from effbench.claims.readings import figure_of


@pytest.mark.parametrize(
    ("printed", "unit", "value"),
    [("14.492", "G", 14_492_000_000), ("2,100", "M", 2_100_000_000), ("75", "%", 75), ("4", "x", 4), ("64", "", 64)],
)
def test_a_figure_has_the_scale_of_its_unit(paper_of, printed, unit, value):
    claim = paper_of({"id": "a", "printed": printed, "unit": unit}).claim("a")
    assert figure_of(claim).value == value


DIRECT = {"id": "a", "printed": "17.6", "model": "vit_base_patch16"}


@pytest.mark.parametrize(
    ("change", "direct"),
    [
        ({}, True),
        ({"metric": "params", "unit": "M"}, True),
        ({"metric": "tokens", "unit": ""}, True),
        ({"metric": "top1", "unit": "%"}, False),  # needs training
        ({"metric": "training_hours", "unit": "h"}, False),  # needs a clock
        ({"model": None}, False),  # no model registered
        ({"exit_threshold": "0.2"}, False),  # depends on how many images leave
        ({"unit": "%"}, False),  # a share of something else
        ({"relation": "ratio", "of": "a", "against": "a", "unit": "x"}, False),  # follows from other figures
    ],
)
def test_a_figure_is_direct_if_our_counts_of_one_model_can_stand_beside_it(paper_of, change, direct):
    row = {key: value for key, value in {**DIRECT, **change}.items() if value is not None}
    assert is_direct(paper_of(row).claim("a")) == direct


@pytest.mark.parametrize("table", ["Table I", "Table II", "Table III"])
def test_ravit_counts_two_flops_a_mac_in_transformer_blocks(table):
    ranks = ranking(paper("ravit"))
    assert ranks.orders[table, "flops"][0] == ranks.usual == "ravit"


def test_ci2p_counts_norms_and_no_head_with_attention_seen():
    ranks = ranking(paper("ci2p_vit"))
    assert ranks.orders["Table 2", "flops"][0] == ranks.usual == "ci2p"


def test_a_row_without_a_size_is_read_at_the_size_at_which_its_cost_holds(paper_of):
    # The two CI2P-ViTs hold at 256 alone, their own size; DeiT-B at 224 alone, its own.
    deit = {"id": "a", "printed": "17.6", "model": "deit_base_patch16"}
    ci2p = {"id": "b", "printed": "8.477", "model": "ci2p_vit"}
    dual_scale = {"id": "c", "printed": "6.442", "model": "ci2p_vit_ds"}
    sizes = ranking(paper_of(deit, ci2p, dual_scale)).sizes
    assert {row: size for (_, row, *_), size in sizes.items()} == {"a": 224, "b": 256, "c": 256}


def test_a_row_of_which_nothing_holds_has_the_size_at_which_its_cost_is_near(paper_of):
    # 22.9 G is 1 % off ViT-B/16's 23.127 G at 256 and 30 % off its 17.5 G at 224, where most of the table is.
    usual = [{"id": id, "printed": "17.6", "model": "deit_base_patch16", "size": 224} for id in "ab"]
    other = {"id": "c", "printed": "8.477", "model": "ci2p_vit", "size": 256}
    odd = {"id": "d", "printed": "22.9", "model": "vit_base_patch16_gap"}
    sizes = ranking(paper_of(*usual, other, odd)).sizes
    assert {row: size for (_, row, *_), size in sizes.items()}["d"] == 256


def test_every_directly_counted_figure_has_readings():
    about = paper("ravit")
    assert set(ranking(about).readings) == {claim.id for claim in about.claims if is_direct(claim)}


def test_rounded_digits_speak_louder_than_truncated_ones(paper_of):
    # 14.492 is 14 491 865 088 rounded (no head) and 14 492 633 088 truncated (with head).
    about = paper_of({"id": "a", "printed": "14.492", "model": "ci2p_vit_ds", "size": 384})
    assert ranking(about).orders["Table 1", "flops"][:2] == ["ci2p_fused_attention", "fvcore_fused_attention"]


def test_between_equals_the_rest_of_the_paper_decides(paper_of):
    # 17.6 G of ViT-B/16 at 224 rounds from 17.564 (macs), 17.583 (fvcore) and 17.582 (ci2p) alike;
    # 23.127 G at 256 with average pooling is 23 126 802 432 and holds under ci2p alone.
    vague = {"id": "a", "printed": "17.6", "model": "vit_base_patch16", "size": 224}
    sharp = {"id": "b", "printed": "23.127", "model": "vit_base_patch16_gap", "size": 256, "where": "Table 2"}
    assert ranking(paper_of(vague)).orders["Table 1", "flops"][0] == "macs"
    assert ranking(paper_of(vague, sharp)).orders["Table 1", "flops"][0] == "ci2p"


def test_a_paper_without_countable_figures_is_taken_to_count_macs(paper_of):
    ranks = ranking(paper_of({"id": "a", "printed": "81.8", "metric": "top1", "unit": "%"}))
    assert (ranks.usual, ranks.readings, ranks.sizes) == ("macs", {}, {})


def test_a_size_that_the_model_cannot_have_leaves_the_figure_without_readings(paper_of):
    ranks = ranking(paper_of({"id": "a", "printed": "8.477", "model": "ci2p_vit", "size": 250}))
    assert ranks.readings == {"a": ()}
