"""Differences between two entries, said by quantity and place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.cost.counts import OpCounts, combine
from effbench.gate.exact import Difference, differences, relative
from effbench.gate.snapshot import Entry, tally
from effbench.models.registry import resolve


def entry(counts: OpCounts | None, network: OpCounts | None = None, **more) -> Entry:
    """The network counts as the formula unless told otherwise."""
    formula = None if counts is None else tally(counts)
    return Entry(**{"size": 32, "formula": formula, "network": formula if network is None else tally(network), **more})


def of_model(name: str) -> Entry:
    return entry(resolve(name).cost())


def told(before: Entry, after: Entry, **more) -> dict[str, Difference]:
    return {one.quantity: one for one in differences(before, after, **more)}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (1000, 1041, "+4.1 %"),
        (1000, 750, "-25.0 %"),
        (100_000, 100_099, "+0.099 %"),
        (10**12, 10**12 - 1, "-1e-10 %"),
        (1, 10**400, f"+{'9' * 400}00.0 %"),  # no float is so large
        (0, 5, "new"),
        (5, 0, "gone"),
        (5, 5, "±0 %"),
    ],
)
def test_a_change_is_never_rounded_to_nothing(before, after, said):
    assert relative(before, after) == said


def test_equal_entries_have_no_difference():
    assert differences(of_model("ravit_cifar10:1-3"), of_model("ravit_cifar10:1-3")) == []


# Scores: heads · 65² · blocks; the products sum over heads · (width / heads) = width, whatever the number of heads.
def test_a_changed_head_count_shows_in_the_softmax_alone():
    found = told(of_model("vit_cifar10:3"), of_model("vit_cifar10:3,num_heads=4"))
    assert found == {
        "softmax_elem": Difference(
            quantity="softmax_elem", before=8 * 65**2 * 3, after=4 * 65**2 * 3, where="blocks.*.attn (-50.0 %)"
        )
    }


# 8 · 8 patches become 4 · 4. The embedding has 4 times the weights and as many MACs: 16 · 8 · 8 · 3 = 64 · 4 · 4 · 3.
def test_a_changed_patch_size_says_what_became_cheaper_where():
    found = told(of_model("vit_cifar10:3"), of_model("vit_cifar10:3,patch_size=8"))
    macs = found["MACs"]
    linear, products = 12 * 128**2 * 3, 2 * 128 * 3
    assert macs.before is not None
    assert macs.after is not None
    assert macs.before - macs.after == linear * (65 - 17) + products * (65**2 - 17**2)
    assert macs.where == "blocks.* (mac_linear -73.8 %, mac_qk -93.2 %, mac_av -93.2 %)"  # 17 / 65 and (17 / 65)²
    # (192 - 48) · 128 more weights, of 48 · 128 + 128; 48 · 128 fewer embedded values, of 66 · 128 with the class token
    assert found["parameters"].where == "patch_embed.proj (+293.9 %); the model's own (-72.7 %)"
    assert found["softmax_elem"].after == 8 * 17**2 * 3


def test_an_extra_norm_is_named_as_new():
    counts = resolve("vit_cifar10:3").cost()
    norms = OpCounts({("norm3", "layer_norm_elem"): 65 * 128, ("norm3", "param"): 256})
    more = combine((counts, *(norms.at(f"blocks.{i}") for i in range(3))))
    before = entry(counts, operators={"aten.native_layer_norm": 7, "aten.mm": 1})
    found = told(before, entry(more, operators={"aten.native_layer_norm": 10, "aten.mm": 1}))
    assert {name: (one.before, one.after, one.where) for name, one in found.items()} == {
        "layer_norm_elem": (7 * 65 * 128, 10 * 65 * 128, "blocks.*.norm3 (new)"),
        "parameters": (611_082, 611_082 + 3 * 256, "blocks.*.norm3 (new)"),
        "aten.native_layer_norm": (7, 10, ""),
    }


ONE = OpCounts({("blocks.0.fc", "mac_linear"): 6, ("blocks.1.fc", "mac_linear"): 8, ("head", "mac_linear"): 2})


def test_work_that_moves_between_numbered_modules_is_seen():
    moved = OpCounts({**ONE.items, ("blocks.0.fc", "mac_linear"): 8, ("blocks.1.fc", "mac_linear"): 6})
    (found,) = differences(entry(ONE), entry(moved))
    assert (found.quantity, found.where) == ("modules", "numbered modules of one pattern differ, their sums are equal")


def test_work_that_moves_between_modules_names_both():
    moved = OpCounts({("blocks.0.fc", "mac_linear"): 6, ("blocks.1.fc", "mac_linear"): 7, ("head", "mac_linear"): 3})
    (found,) = differences(entry(ONE), entry(moved))
    assert (found.before, found.after, found.change) == (16, 16, "±0 %")
    assert found.where == "the whole model (moved within)"
    partly = OpCounts({**ONE.items, ("a", "mac_linear"): 5, ("b", "mac_linear"): 1})
    moved = OpCounts({**ONE.items, ("a", "mac_linear"): 4, ("b", "mac_linear"): 2})
    (found,) = differences(entry(partly), entry(moved))
    assert found.where == "a (mac_linear -20.0 %); b (mac_linear +100.0 %)"


def test_many_places_are_cut_short_the_largest_first():
    names = "abcdefg"
    before = OpCounts({(name, "mac_linear"): 100 for name in names + "z"})
    after = OpCounts({**before.items, **{(name, "mac_linear"): 101 + i for i, name in enumerate(names)}})
    (found,) = differences(entry(before), entry(after))
    shown = "; ".join(f"{name} (mac_linear +{7 - i}.0 %)" for i, name in enumerate("gfed"))
    assert found.where == f"{shown}; 3 more"


def test_a_network_that_leaves_its_formula_is_told_from_one_that_goes_with_it():
    more = OpCounts({**ONE.items, ("head", "mac_linear"): 3})
    assert [one.part for one in differences(entry(ONE), entry(more))] == [""]
    assert [one.part for one in differences(entry(ONE), entry(ONE, more))] == ["network"]
    assert [one.part for one in differences(entry(ONE), entry(more, ONE))] == ["formula"]
    assert [one.part for one in differences(entry(None, ONE), entry(None, more))] == [""]


def test_what_was_not_counted_is_not_compared():
    known = entry(ONE, operators={"aten.mm": 3}, predicted={"parameters": 0})
    unknown = replace(known, network=None, operators={})
    assert differences(known, unknown, network=False) == []
    assert {one.quantity for one in differences(known, unknown)} == {"network", "aten.mm"}
    other = replace(unknown, formula=tally(OpCounts({**ONE.items, ("head", "act_elem"): 3})))
    assert [one.quantity for one in differences(known, other, network=False)] == ["act_elem"]


@pytest.mark.parametrize(
    ("change", "quantity"),
    [
        ({"size": 64}, "image size"),
        ({"formula": None}, "formula"),
        ({"operators": {"aten.gelu": 1}}, "aten.gelu"),
        ({"uncounted": {"aten.odd": 1}}, "without a price: aten.odd"),
        ({"predicted": {"peak_activations": 8}}, "predicted bytes: peak_activations"),
        ({"predicted": {"parameters": 8}}, "predicted bytes: parameters"),
    ],
)
def test_every_other_fact_counts(change, quantity):
    assert list(told(entry(ONE), replace(entry(ONE), **change))) == [quantity]


paths = st.sampled_from(["", "a", "a.0", "a.1", "a.0.b", "a.1.b", "c.d", "c.e"])
kinds = st.sampled_from(["mac_linear", "mac_qk", "param", "act_elem", "softmax_elem"])
counts = st.dictionaries(st.tuples(paths, kinds), st.integers(1, 9)).map(OpCounts)


@given(counts, counts)
def test_no_change_of_any_count_is_missed_and_none_is_made_up(before, after):
    found = differences(entry(before), entry(after))
    assert (found == []) == (before.items == after.items)
    assert len({one.quantity for one in found}) == len(found)
    for one in found:
        assert one.where
        assert one.quantity == "modules" or one.change == relative(one.before or 0, one.after or 0)
