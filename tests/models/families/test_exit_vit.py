"""ViTs with exits: parameters, exits and costs by hand, what is refused."""

import dataclasses

import pytest

from effbench.cost.convention import convention
from effbench.errors import SpecError
from effbench.models.families.exit_vit import branches, cost
from effbench.models.registry import resolve

MACS = convention("macs")


def test_the_trunk_is_deit():
    # beside DeiT-Ti, two heads of a LayerNorm (2 · 192) and a linear layer (192 · 1000 + 1000)
    ours, trunk = resolve("exit_vit_tiny:4-8").cost(), resolve("deit_tiny_patch16").cost()
    assert ours.params == trunk.params + 2 * (2 * 192 + 192_000 + 1000)
    assert MACS.total(ours) == MACS.total(trunk) + 2 * 192_000


def test_exit_costs_by_hand():
    # width 192, 197 tokens; per block QKV, projection and MLP 12 · 197 · 192² and products 2 · 197² · 192; patches
    # 196 · 768 · 192; a head 192 · 1000
    block, patches, head = 12 * 197 * 192**2 + 2 * 197**2 * 192, 196 * 768 * 192, 192_000
    expected = [patches + 4 * block + head, patches + 8 * block + 2 * head, patches + 12 * block + 3 * head]
    assert [MACS.total(counts) for counts in resolve("exit_vit_tiny:4-8").exits()] == expected


def test_an_early_exit_normalises_one_token():
    # 4 blocks of two norms on 197 tokens, and one norm on the class token alone
    first = resolve("exit_vit_tiny:4-8").branches()[0]
    assert first.of("layer_norm_elem") == (4 * 2 * 197 + 1) * 192


def test_parts_add_up_to_the_whole():
    spec = resolve("exit_vit_small:3-6-9").spec
    assert len(branches(spec)) == 4
    assert sum(MACS.total(part) for part in branches(spec)) == MACS.total(cost(spec))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exits": ()}, "exits must be block numbers in ascending order, e.g. 4-8, got ''"),
        ({"exits": (8, 4)}, "exits must be block numbers in ascending order, e.g. 4-8, got '8-4'"),
        ({"exits": (4, 4)}, "exits must be block numbers in ascending order, e.g. 4-8, got '4-4'"),
        ({"exits": (0, 4)}, "block of an exit must be between 1 and 11, got 0"),
        ({"exits": (4, 12)}, "block of an exit must be between 1 and 11, got 12"),
        ({"depth": 1, "exits": (1,)}, "block of an exit must be between 1 and 0, got 1"),
        ({"class_token": False}, "exits classify by the class token: class_token cannot be no"),
        ({"num_heads": 5}, "width 192 is not a multiple of num_heads 5"),
    ],
)
def test_impossible_networks_are_refused(changes, message):
    with pytest.raises(SpecError) as caught:
        dataclasses.replace(resolve("exit_vit_tiny:4-8").spec, **changes).validate()
    assert str(caught.value) == message


def test_the_plain_name_needs_its_exits():
    with pytest.raises(SpecError, match=r"exit_vit_tiny needs exits after a colon, e.g. exit_vit_tiny:4-8"):
        resolve("exit_vit_tiny")
