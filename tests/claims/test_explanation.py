"""Explain: a published figure against every convention."""

from __future__ import annotations

import pytest

from effbench.claims.explanation import explain
from effbench.cost.convention import conventions
from effbench.errors import EffbenchError, SpecError, UnknownName


def test_the_conventions_that_give_the_digits_come_first():
    rows = explain("ci2p_vit_ds", 384, "14.492G")
    assert [(row["convention"], row["value"], row["match"]) for row in rows[:2]] == [
        ("ci2p_fused_attention", 14_491_865_088, "rounded"),
        ("fvcore_fused_attention", 14_491_865_088 + 768_000, "truncated"),  # with the head
    ]
    assert {row["match"] for row in rows[2:]} == {"off"}


def test_the_rest_stand_in_the_order_of_their_distance():
    # 30 G lies between 17.6 G MACs and 34.9 or 35.1 G FLOPs, nearer to these.
    rows = explain("vit_base_patch16", 224, "30G")
    assert [row["convention"] for row in rows[:2]] == ["ravit", "flops"]
    distances = [abs(row["ratio"] - 1) for row in rows]
    assert distances == sorted(distances)


def test_every_convention_has_a_row():
    assert {row["convention"] for row in explain("vit_base_patch16", None, "1G")} == set(conventions())


def test_a_row_says_everything_about_itself():
    row = explain("ravit_cifar10:1-3", None, "89.99M")[0]
    assert row == {
        "convention": "ravit",
        "value": 89_999_360,
        "match": "truncated",
        "ratio": pytest.approx(89_999_360 / 89_990_000),
        "unit": "FLOP",
        "model": "ravit_cifar10:1-3",
        "size": 32,
        "published": "89.99M",
        "doc": conventions()["ravit"].doc,
    }


def test_without_a_size_the_model_s_own_is_meant():
    assert explain("ci2p_vit", None, "8.477G") == explain("ci2p_vit", 256, "8.477G")


def test_an_exact_value_is_exact():
    row = explain("ravit_cifar10:1-3", None, "89999360")[0]
    assert (row["match"], row["ratio"]) == ("exact", 1.0)


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
