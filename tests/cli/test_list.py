"""``effbench list``."""

from __future__ import annotations

import pytest

from effbench.claims.load import papers
from effbench.models.registry import named_models, resolve


def test_every_model_is_listed_by_a_name_that_works(effbench):
    names = [row["model"] for row in effbench("list --format json").json]
    assert names == named_models()
    assert [resolve(name).name for name in names] == names


@pytest.mark.parametrize("line", ["list", "flops", "explain ci2p_vit --value 8.477G"])
def test_another_command_can_follow_in_the_same_process(effbench, line):
    effbench("list")
    assert effbench(line).code == 0


@pytest.mark.parametrize("about", papers(), ids=lambda about: about.key)
def test_a_paper_s_models_are_those_that_stand_in_it(effbench, about):
    """Of the registry, and of another package where its figures name them."""
    rows = effbench(f"list --paper {about.key} --format json").json
    own = [row for row in effbench("list --format json").json if about.key in row["papers"].split(", ")]
    others = [claim.model for claim in about.claims if claim.model and "/" in claim.model]
    assert [row["model"] for row in rows] == [*(row["model"] for row in own), *dict.fromkeys(others)]
    assert all(about.key in row["papers"].split(", ") for row in rows)
    assert rows


def test_the_models_of_ravit_s_tables_are_listed(effbench):
    names = {row["model"] for row in effbench("list --paper ravit --format json").json}
    assert {"ravit_cifar10:1-3", "ravit_tiny_imagenet:2-0-3", "ravit_imagenet:1-1-8", "ravit_imagenet:1-1-10"} <= names
    assert {"vit_cifar10:4", "vit_tiny_imagenet:4", "vit_imagenet:12"} <= names


def test_a_family_is_chosen(effbench):
    rows = effbench("list --family token_fusion --format json").json
    assert {row["family"] for row in rows} == {"token_fusion"}
    assert {row["model"].partition(":")[0] for row in rows} == {
        *("token_fusion_late", "token_fusion_early", "token_fusion_layerwise")
    }


def test_paper_and_family_can_be_combined(effbench):
    rows = effbench("list --family vit --paper ravit --format json").json
    assert {row["model"].partition(":")[0] for row in rows} == {"vit_cifar10", "vit_tiny_imagenet", "vit_imagenet"}


def test_a_row_says_size_parameters_and_source(effbench):
    (row,) = (row for row in effbench("list --format json").json if row["model"] == "ci2p_vit")
    assert (row["family"], row["size"], row["source"]) == ("ci2p", 256, "arXiv:2502.10120")
    assert row["params"] == 88_956_320 + 769_000  # with a head of 1000 classes


def test_people_are_told_that_arguments_are_free(effbench):
    assert "any legal arguments work" in effbench("list").out
