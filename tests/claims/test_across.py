"""One system in two papers."""

from __future__ import annotations

import dataclasses

import pytest

from effbench.claims.across import across
from effbench.claims.load import papers

SMALL = {"model": "vit_base_patch16", "metric": "top1", "unit": "%", "dataset": "imagenet"}


@pytest.fixture
def two(paper_of):
    def build(one, other):
        first, second = (paper_of({"id": "a", **SMALL, **row}) for row in (one, other))
        return [first, dataclasses.replace(second, key="q", short="Q")]

    return build


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"printed": "82.9"}, {"printed": "82.8"}, 1),
        ({"printed": "77.91"}, {"printed": "77.9"}, 0),  # rounded to fewer digits
        ({"printed": "77.91"}, {"printed": "77"}, 0),  # truncated
        ({"printed": "81.8", "size": 224}, {"printed": "83.1", "size": 384}, 0),
        ({"printed": "81.8", "size": 224}, {"printed": "83.1"}, 1),
        ({"printed": "81.8"}, {"printed": "83.1", "dataset": "cifar10"}, 0),
    ],
)
def test_digits_that_cannot_both_be_right_are_found(two, one, other, found):
    assert len(across(two(one, other))) == found


def test_one_name_for_two_variants_is_one_system_unless_it_is_ours(two):
    row = {"metric": "params", "unit": "M", "system": "ViT-B/16", "size": 256, "printed": "86"}
    other = {**row, "model": "vit_base_patch16_gap", "size": 384}
    assert len(across(two(row, {**other, "printed": "55.5"}))) == 1
    assert across(two(row, {**other, "printed": "87"})) == []  # what the larger image makes of it
    ours = {"system": "Ours"}
    assert across(two({**row, **ours}, {**other, **ours, "printed": "55.5"})) == []


def test_the_papers_disagree_about_two_systems():
    tnt, *vit = across(papers())
    assert tnt.text == "TNT-B, Acc @1: 82.8 % in Token Fusion (Table 2), 82.9 % in CI2P-ViT (Table 1)"
    assert tnt.claims == ("table2.tnt-b.top1", "ci2p_vit:table1.tnt-b.top1")
    assert {finding.claims[0] for finding in vit} == {"table2.vit-b-16.params"}
