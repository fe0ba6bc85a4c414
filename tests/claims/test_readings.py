"""Readings: our counts under every convention, at every size a figure may mean."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from effbench.claims.load import paper
from effbench.claims.readings import (
    Reading,
    candidate_sizes,
    cost_readings,
    counts,
    explain,
    other_sizes,
    params,
    params_readings,
    tokens,
    total,
)
from effbench.cost.convention import conventions
from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.stats.printed import printed


def test_a_cost_is_read_under_every_convention_at_every_size():
    found = cost_readings("ci2p_vit", printed("8.477", "G"), [256, 384])
    assert [(r.under, r.size) for r in found] == [(name, size) for size in (256, 384) for name in conventions()]


def test_a_size_that_the_model_cannot_have_is_no_reading():
    # The encoder halves the image five times: 250 is not a multiple of 32.
    assert {r.size for r in cost_readings("ci2p_vit", printed("8.477", "G"), [250, 256])} == {256}


def test_only_the_conventions_that_give_the_digits_hold():
    # Without attention products the dual-scale model has 14 491 865 088; the head adds 768 · 1000, which truncates.
    found = cost_readings("ci2p_vit_ds", printed("14.492", "G"), [384])
    holding = {r.under: (r.value, r.match) for r in found if r.holds}
    assert holding == {
        "ci2p_fused_attention": (14_491_865_088, "rounded"),
        "fvcore_fused_attention": (14_491_865_088 + 768_000, "truncated"),
    }


@pytest.mark.parametrize(
    ("model", "without_head", "head"),
    [
        ("ci2p_vit", 88_956_320, 768 * 1000 + 1000),
        ("ci2p_vit_ds", 49_699_424, 768 * 1000 + 1000),
        ("vit_base_patch16_gap", 85_843_200, 768 * 1000 + 1000),
    ],
)
def test_parameters_are_read_with_and_without_the_head(model, without_head, head):
    found = params_readings(model, printed("86", "M"), [256])
    assert {r.under: r.value for r in found} == {"all parameters": without_head + head, "without head": without_head}


def test_a_total_is_the_cost_of_one_image():
    # 12 · (12·L·D² + 2·L²·D) + L·768·D + 25 norms · 5·L·D, L = 256, D = 768.
    L, D = 256, 768
    assert total("vit_base_patch16_gap", 256, "ci2p") == 12 * (12 * L * D**2 + 2 * L**2 * D) + L * 768 * D + 125 * L * D


def test_parameters_have_the_scope_of_the_convention():
    assert params("ci2p_vit", 256, "ci2p") == 88_956_320
    assert params("ci2p_vit", 256, "macs") == 88_956_320 + 769_000


@pytest.mark.parametrize(
    ("model", "size", "expected"),
    [
        ("vit_base_patch16_gap", 256, 256),  # (256 / 16)²
        ("vit_base_patch16", 256, 257),  # and a class token
        ("ci2p_vit", 256, 64),  # (256 / 32)²
        ("ci2p_vit", 512, 256),
        ("token_fusion_layerwise:channel", 224, 196),
    ],
)
def test_tokens_are_those_of_the_last_norm(model, size, expected):
    assert tokens(model, size) == expected


def test_counts_are_kept():
    assert counts("ci2p_vit", 256) is counts("ci2p_vit", 256)


def test_a_stated_size_is_the_only_candidate():
    about = paper("ci2p_vit")
    assert candidate_sizes(about.claim("table2.384.vit-flops"), about) == [384]


def test_without_a_stated_size_all_sizes_of_the_paper_and_the_models_own_are_candidates():
    # Table 2 names 256, 384 and 512; DeiT-B's own side is 224.
    about = paper("ci2p_vit")
    claim = about.claim("table1.deit-b.flops")
    assert candidate_sizes(claim, about) == other_sizes(claim, about) == [224, 256, 384, 512]


def test_a_claim_without_model_or_size_has_no_candidates():
    # "Marked reduction in the memory footprint": in words, no model.
    about = paper("ci2p_vit")
    assert candidate_sizes(about.claim("text.s1.memory"), about) == []


def test_a_reading_holds_unless_it_is_off():
    found = [Reading(under="macs", size=224, value=1, match=m) for m in ("exact", "rounded", "truncated", "off")]
    assert [reading.holds for reading in found] == [True, True, True, False]


def test_a_ratio_is_ours_over_the_printed_figure():
    assert Reading(under="macs", size=224, value=3_000_000, match="off").ratio(printed("1.5", "M")) == 2.0


def test_the_conventions_that_give_the_digits_come_first():
    rows = explain("ci2p_vit_ds", 384, "14.492G")
    assert [(row.convention, row.value, row.match) for row in rows[:2]] == [
        ("ci2p_fused_attention", 14_491_865_088, "rounded"),
        ("fvcore_fused_attention", 14_491_865_088 + 768_000, "truncated"),  # with the head
    ]
    assert {row.match for row in rows[2:]} == {"off"}


def test_the_rest_stand_in_the_order_of_their_distance():
    # 30 G lies between 17.6 G MACs and 34.9 or 35.1 G FLOPs, nearer to these.
    rows = explain("vit_base_patch16", 224, "30G")
    assert [row.convention for row in rows[:2]] == ["ravit", "flops"]
    distances = [abs(row.ratio - 1) for row in rows]
    assert distances == sorted(distances)


def test_every_convention_has_a_row():
    assert {row.convention for row in explain("vit_base_patch16", None, "1G")} == set(conventions())


def test_a_row_says_everything_about_itself():
    row = explain("ravit_cifar10:1-3", None, "89.99M")[0]
    assert asdict(row) == {
        "convention": "ravit",
        "value": 89_999_360,
        "match": "truncated",
        "ratio": pytest.approx(89_999_360 / 89_990_000),
        "unit": "FLOP",
        "model": "ravit_cifar10:1-3",
        "size": 32,
        "published": "89.99M",
        "doc": conventions()["ravit"].doc,
        "uncounted": 0,
    }


def test_without_a_size_the_model_s_own_is_meant():
    assert explain("ci2p_vit", None, "8.477G") == explain("ci2p_vit", 256, "8.477G")


def test_an_exact_value_is_exact():
    row = explain("ravit_cifar10:1-3", None, "89999360")[0]
    assert (row.match, row.ratio) == ("exact", 1.0)


@pytest.mark.parametrize(
    ("name", "size", "value", "error"),
    [
        ("ci2p", None, "8.477G", UnknownName),
        ("ci2p_vit", 250, "8.477G", SpecError),
        ("ci2p_vit", 256, "fast", EffbenchError),
    ],
)
def test_bad_input_is_an_error(name, size, value, error):
    with pytest.raises(error):
        explain(name, size, value)
