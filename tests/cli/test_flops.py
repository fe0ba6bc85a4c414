"""``effbench flops``."""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention, conventions


def test_the_table_of_the_paper_holds_its_exact_integers(effbench):
    rows = effbench("flops --sizes 256 384 512 --format json").json
    assert len(rows) == 9
    assert {row["convention"] for row in rows} == {"ci2p"}
    assert rows[0]["value"] == 23_126_802_432  # published: 23.127 G; every one in tests/claims/tables


def test_without_arguments_the_table_of_the_paper_is_shown(effbench):
    assert effbench("flops") == effbench("flops --sizes 256 384 512")


def test_people_see_what_is_published_and_what_it_should_read(effbench):
    out = effbench("flops").out
    figures = "23.127 55.433 107 8.477 19.284 34.81 6.442 14.492 25.762"
    assert all(f" {figure} G " in out for figure in figures.split())
    assert all(
        f" {cut} % " in out for cut in ["63.35", "65.21", "67.47", "72.15", "73.86", "75.92", "71.33", "72.13", "73.10"]
    )
    assert "holds under ci2p_fused_attention" in out
    assert "mixes two ways of counting" in out


def test_a_size_that_the_paper_has_not_has_no_verdict(effbench):
    out = effbench("flops --sizes 224").out
    assert "holds under" not in out.partition("What is counted")[0]


def test_models_have_their_own_size_and_are_counted_in_macs(effbench):
    rows = effbench("flops vit_base_patch16 vit_cifar10:3 --format json").json
    assert [(row["size"], row["convention"]) for row in rows] == [(224, "macs"), (32, "macs")]
    # 196·768·768 + 12·(12·197·768² + 2·197²·768) + 768·1000
    assert rows[0]["value"] == 17_563_828_224


def test_a_row_has_model_size_convention_value_unit_params_and_source(effbench):
    (row,) = effbench("flops ci2p_vit --sizes 256 --convention ci2p --format json").json
    expected = {"model": "ci2p_vit", "size": 256, "convention": "ci2p", "value": 8_476_811_264, "unit": "MAC"}
    assert {key: row[key] for key in expected} == expected
    assert (row["params"], row["source"]) == (88_956_320, "analytic")


def test_all_conventions_stand_side_by_side(effbench):
    rows = effbench("flops ci2p_vit_ds --sizes 512 --convention all --format json").json
    assert [row["convention"] for row in rows] == list(conventions())
    assert rows[1]["value"] == 2 * rows[0]["value"]  # flops, macs


def test_all_conventions_without_a_model_are_those_of_the_table(effbench):
    rows = effbench("flops --sizes 256 --convention all --format json").json
    assert len(rows) == 3 * len(conventions())


@pytest.mark.parametrize("by", ["kind", "module"])
@pytest.mark.parametrize("name", ["vit_base_patch16", "ravit_cifar10:1-3", "token_fusion_layerwise:channel"])
def test_the_parts_add_up(effbench, by, name):
    (whole,) = effbench(f"flops {name} --convention fvcore --format json").json
    parts = effbench(f"flops {name} --convention fvcore --by {by} --format json").json
    assert sum(part["value"] for part in parts) == whole["value"]


@pytest.mark.parametrize(("depth", "modules"), [(1, {"blocks"}), (2, {f"blocks.{i}" for i in range(12)})])
def test_the_depth_of_module_names_is_chosen(effbench, depth, modules):
    rows = effbench(f"flops vit_base_patch16 --by module --depth {depth} --format json").json
    assert {row["module"] for row in rows if row["module"].startswith("blocks")} == modules


def test_a_batch_costs_that_many_images(effbench):
    (one,) = effbench("flops ci2p_vit --format json").json
    (many,) = effbench("flops ci2p_vit --batch 32 --format json").json
    assert (many["value"], many["batch"], many["params"]) == (32 * one["value"], 32, one["params"])


def test_a_batch_is_said_to_be_one(effbench):
    assert "Batch of 32 images" in effbench("flops ci2p_vit --batch 32").out


def test_the_convention_is_explained(effbench):
    out = effbench("flops vit_base_patch16").out
    assert f"macs [MAC]: {convention('macs').doc}" in out


LARGEST = "vit_base_patch16:depth=1000,width=65536,num_heads=1,mlp_ratio=64,patch_size=1 --sizes 16384 --batch 1048576"


@pytest.mark.parametrize("style", ["table", "markdown", "latex"])
def test_the_largest_network_has_a_table(effbench, style):
    (row,) = effbench(f"flops {LARGEST} --format json").json
    out = effbench(f"flops {LARGEST} --format {style}").out
    assert row["value"] == 10_063_098_596_908_965_134_284_879_822_848
    assert ("cost (QMACs)" if style == "latex" else "10.063 Q MACs") in out
    assert ("& 10.06 &" if style == "latex" else "8.1 ZiB") in out
