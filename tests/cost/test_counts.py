"""OpCounts: operations filed by (module path, kind), added, repeated, batched, grouped."""

import numpy as np
import pytest

from effbench.cost.counts import Live, OpCounts, combine, join, op
from effbench.cost.kinds import KINDS, PARAM, SHARED_KINDS


@pytest.fixture
def linear():
    return op(10, mac_linear=6, param=5)


def test_an_operation_is_filed_at_its_own_module(linear):
    assert linear.items == {("", "mac_linear"): 6, ("", PARAM): 5}


def test_an_operation_has_one_live_moment(linear):
    assert linear.live == (Live("", "mac_linear", 10),)


def test_parameters_alone_are_no_moment():
    assert op(param=5).live == ()


def test_at_moves_counts_and_moments_below_a_module(linear):
    moved = linear.at("fc1").at("mlp")
    assert moved.items == {("mlp.fc1", "mac_linear"): 6, ("mlp.fc1", PARAM): 5}
    assert moved.live == (Live("mlp.fc1", "mac_linear", 10),)


@pytest.mark.parametrize(
    ("prefix", "path", "joined"), [("a", "b", "a.b"), ("", "b", "b"), ("a", "", "a"), ("", "", "")]
)
def test_join_puts_dots_only_between_names(prefix, path, joined):
    assert join(prefix, path) == joined


def test_equal_keys_add_up(linear):
    assert (linear + op(2, mac_linear=4, act_elem=1)).items == {
        ("", "mac_linear"): 10,
        ("", PARAM): 5,
        ("", "act_elem"): 1,
    }


def test_moments_keep_the_order_of_execution(linear):
    assert [m.elements for m in (linear + op(7, act_elem=1) + op(3, act_elem=1)).live] == [10, 7, 3]


def test_nothing_is_the_neutral_element(linear):
    assert linear + OpCounts() == OpCounts() + linear == linear
    assert combine([]) == OpCounts()


def test_addition_leaves_its_terms_alone(linear):
    before = dict(linear.items)
    combine((linear, linear))
    assert linear.items == before


def test_repeat_numbers_the_modules(linear):
    blocks = linear.repeat("blocks", 3)
    assert [path for path, kind in blocks.items if kind == "mac_linear"] == ["blocks.0", "blocks.1", "blocks.2"]
    assert blocks.of("mac_linear") == 18  # 3 x 6
    assert len(blocks.live) == 3


def test_repeat_zero_times_is_nothing(linear):
    assert linear.repeat("blocks", 0) == OpCounts()


def test_repeat_by_an_array_is_one_starred_module(linear):
    blocks = linear.repeat("blocks", np.array([0, 2]))
    assert set(blocks.items) == {("blocks.*", "mac_linear"), ("blocks.*", PARAM)}
    assert blocks.of("mac_linear").tolist() == [0, 12]
    assert blocks.params.tolist() == [0, 10]


def test_scaled_multiplies_parameters_too_but_not_what_is_alive(linear):
    assert linear.scaled(4).by_kind() == {"mac_linear": 24, PARAM: 20}
    assert linear.scaled(4).live == linear.live


def test_a_batch_multiplies_operations_and_tensors_but_no_parameters(linear):
    batch = linear.batch(8)
    assert batch.by_kind() == {"mac_linear": 48, PARAM: 5}
    assert [m.elements for m in batch.live] == [80]


@pytest.mark.parametrize("kind", SHARED_KINDS)
def test_a_batch_shares_what_is_done_to_weights(kind):
    assert op(**{kind: 5}).batch(8).of(kind) == 5


def test_holding_adds_to_every_moment_and_to_no_count(linear):
    held = (linear + op(7, act_elem=1)).holding(100)
    assert [m.elements for m in held.live] == [110, 107]
    assert held.by_kind() == {"mac_linear": 6, PARAM: 5, "act_elem": 1}


def test_by_kind_adds_over_modules(linear):
    assert (linear.at("a") + linear.at("b")).by_kind() == {"mac_linear": 12, PARAM: 10}


@pytest.mark.parametrize(
    ("depth", "names"),
    [(None, ["a.b.c", "a.d", "e"]), (1, ["a", "e"]), (2, ["a.b", "a.d", "e"]), (9, ["a.b.c", "a.d", "e"])],
)
def test_by_module_cuts_paths_and_keeps_the_order(linear, depth, names):
    counts = combine((linear.at("a.b.c"), linear.at("a.d"), linear.at("e")))
    assert list(counts.by_module(depth)) == names


def test_by_module_keeps_full_paths_inside_a_group(linear):
    group = (linear.at("a.b") + linear.at("a.c")).by_module(1)["a"]
    assert {path for path, _ in group.items} == {"a.b", "a.c"}


def test_of_a_kind_that_does_not_occur_is_zero(linear):
    assert linear.of("mac_conv") == 0
    assert OpCounts().params == 0


def test_every_kind_is_explained():
    assert all(KINDS.values())
