"""Statements without a figure: the counts told beside them, derived by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from effbench.claims.load import papers
from effbench.claims.paper import Statement
from effbench.claims.statements import counted

ATTENTION = Statement(
    claim="text.s1.attention-largest",
    models=("vit_cifar10:4",),
    parts={"attention": ("*.attn", "*.attn.*"), "MLPs": ("*.mlp", "*.mlp.*")},
    convention="macs",
    judged="first",
)


def test_shares_are_of_the_whole_network():
    # A layer of 65 tokens, width 128: attention 2·65²·128 + 4·65·128² = 5,341,440, MLP 8·65·128² = 8,519,680.
    # Four of them, patches 64·48·128 = 393,216 and head 1,280: 55,838,976. 38.26 % and 61.03 %.
    found = counted(ATTENTION)
    assert found.text == "vit_cifar10:4: attention 38.3 %, MLPs 61.0 % (shares of the whole model, macs)"
    assert found.holds is False


def test_shares_are_also_of_a_part_that_is_named():
    # 393,216 of patches against a layer of 5,341,440 + 8,519,680: 2.84 %.
    parts, layer = {"patches": ("patch_embed.*",)}, {"one layer": ("blocks.0", "blocks.0.*")}
    found = counted(replace(ATTENTION, parts=parts, whole=layer, judged=""))
    assert "patches 0.704 %, patches against one layer 2.8 % (shares of the whole model where" in found.text


def test_the_first_part_may_be_the_largest():
    parts = {"MLPs": ATTENTION.parts["MLPs"], "attention": ATTENTION.parts["attention"]}
    assert counted(replace(ATTENTION, parts=parts)).holds is True


def test_it_must_be_so_in_every_model():
    # In both networks the MLPs are the larger part.
    both = replace(ATTENTION, models=("vit_cifar10:4", "vit_imagenet:12"))
    assert counted(both).holds is False


def test_reductions_rise_or_not():
    models = ("ci2p_vit:depth=6", "ci2p_vit")
    rising = Statement(
        claim="text.s4-3.reduction-grows-with-layers",
        models=models,
        against=("vit_base_patch16_gap:depth=6", "vit_base_patch16_gap"),
        convention="ci2p",
        judged="rising",
        size=256,
    )
    found = counted(rising)
    assert "ci2p_vit against vit_base_patch16_gap: reduction 63.3 %" in found.text  # as Table 2 prints at 256²: 63.35
    assert found.holds is True
    same = replace(rising, models=("ci2p_vit", "ci2p_vit:depth=12"), against=rising.against[1:] * 2)
    assert counted(same).holds is False
    falling = replace(rising, models=models[::-1], against=rising.against[::-1])
    assert counted(falling).holds is False


def test_without_a_limit_there_is_no_verdict():
    assert counted(replace(ATTENTION, judged="")).holds is None


@pytest.mark.parametrize("one", [one for about in papers() for one in about.statements], ids=lambda one: one.claim)
def test_every_statement_is_counted(one):
    assert all(model in counted(one).text for model in one.models)
