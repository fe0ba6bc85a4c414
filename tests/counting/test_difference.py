"""Differences: a tool's total explained by the convention that gives it, kind by kind, or not explained at all."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effbench.cost.convention import convention, conventions
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import KINDS, PARAM
from effbench.counting.difference import Difference, difference

COUNTS = OpCounts(
    {
        ("blocks.0.attn", "mac_linear"): 60,
        ("blocks.0.attn", "mac_qk"): 10,
        ("blocks.0.attn", "mac_av"): 10,
        ("blocks.0.mlp", "mac_linear"): 40,
        ("norm", "layer_norm_elem"): 20,
        ("head", "mac_linear"): 7,
        ("head", "bias_add"): 3,
        ("head", PARAM): 1000,
    }
)
"""127 MACs, 7 of them in the head."""


@pytest.mark.parametrize(
    ("value", "unit", "verdict", "why"),
    [
        (127, "MAC", "macs", ""),
        # 5 · 20 for the norm
        (227, "MAC", "fvcore", "+5 x 20 layer_norm_elem"),
        # and no attention products
        (207, "MAC", "fvcore_fused_attention", "+5 x 20 layer_norm_elem, -1 x 10 mac_qk, -1 x 10 mac_av"),
        (130, "MAC", "ptflops_aten", "+1 x 3 bias_add"),
        (107, "MAC", "thop", "-1 x 10 mac_qk, -1 x 10 mac_av"),
        # the head is left out
        (220, "MAC", "ci2p", "-7 mac_linear (other modules), +5 x 20 layer_norm_elem"),
        (254, "FLOP", "flops", "2 FLOPs per MAC"),
        # 2 · (127 - 7): the head again
        (240, "FLOP", "ravit", "2 FLOPs per MAC, -14 mac_linear (other modules)"),
    ],
)
def test_a_total_that_a_convention_gives_is_explained_by_it(value, unit, verdict, why):
    assert difference(value, unit, COUNTS, convention("macs")) == Difference(f"counts as {verdict}", why)


@pytest.mark.parametrize(
    ("value", "unit", "why"),
    [
        (100, "MAC", "-27 MACs, -21.260%"),  # 127
        (1_000_127, "MAC", "+1,000,000 MACs, +787401.575%"),
        (202, "FLOP", "-52 FLOPs, -20.472%"),  # 2 · 127
    ],
)
def test_any_other_total_is_not_explained(value, unit, why):
    assert difference(value, unit, COUNTS, convention("macs")) == Difference("unexplained", why)


# Ours is 254 FLOPs; 127 of theirs.
@pytest.mark.parametrize(("value", "why"), [(100, "-27 MACs, -21.260%"), (128, "+1 MACs, +0.787%")])
def test_flops_are_halved_before_they_are_compared_with_macs(value, why):
    assert difference(value, "MAC", COUNTS, convention("flops")) == Difference("unexplained", why)


def test_against_flops_other_macs_differ_by_their_own_kinds_alone():
    assert difference(227, "MAC", COUNTS, convention("flops")).why == "2 FLOPs per MAC, +5 x 20 layer_norm_elem"


# Attention in a pooler too, which ravit does not look at and fvcore does not price.
def test_what_the_tool_does_not_price_differs_by_what_we_do_alone():
    counts = OpCounts({("blocks.0", "mac_linear"): 100, ("blocks.0", "mac_qk"): 10, ("pool", "mac_qk"): 5})
    found = difference(100, "MAC", counts, convention("ravit"))
    assert found == Difference("counts as fvcore_fused_attention", "2 FLOPs per MAC, -1 x 10 mac_qk")


# Everything is outside the blocks, which ravit looks at.
def test_where_ours_is_nothing_there_is_no_percentage():
    counts = OpCounts({("head", "mac_linear"): 7})
    assert difference(5, "MAC", counts, convention("ravit")) == Difference("unexplained", "+5 MACs")


# 10 MACs and 2 norms: 10 + 5 · 2 = 2 · 10.
@pytest.mark.parametrize(("unit", "verdict"), [("MAC", "counts as fvcore"), ("FLOP", "counts as flops")])
def test_between_conventions_the_tools_unit_decides(unit, verdict):
    counts = OpCounts({("", "mac_linear"): 10, ("", "layer_norm_elem"): 2})
    assert difference(20, unit, counts, convention("macs")).verdict == verdict


def test_a_total_is_explained_to_the_integer():
    assert difference(228, "MAC", COUNTS, convention("macs")).verdict == "unexplained"


def added_up(why: str) -> Fraction:
    """The sum of ``+5 x 1,000 kind`` and ``-7 kind (other modules)`` parts."""
    said = why.replace("2 FLOPs per MAC", "").replace(",", "")
    parts = re.findall(r"([+-][\d.]+)(?: x (\d+))? [a-z]", said)
    return sum((Fraction(price) * int(times or 1) for price, times in parts), Fraction(0))


paths = st.sampled_from(["patch_embed", "blocks.0.attn", "blocks.0.mlp", "blocks.1.attn", "norm", "head"])
kinds = st.sampled_from([kind for kind in KINDS if kind != PARAM])
networks = st.dictionaries(st.tuples(paths, kinds), st.integers(1, 10**12), min_size=1, max_size=12).map(OpCounts)
priced = st.sampled_from(list(conventions().values()))
FACTORS = {("MAC", "FLOP"): Fraction(2), ("FLOP", "MAC"): Fraction(1, 2)}


@settings(max_examples=300, deadline=None)
@given(networks, priced, priced)
def test_the_parts_of_an_explanation_add_up_to_the_difference(counts, theirs, ours):
    value = theirs.total(counts)
    found = difference(value, theirs.unit, counts, ours)
    assert found.verdict.startswith("counts as ")
    assert added_up(found.why) == value - FACTORS.get((ours.unit, theirs.unit), 1) * ours.total(counts)
