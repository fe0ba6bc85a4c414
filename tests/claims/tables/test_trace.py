"""Traces: the parts add up to the value, for every figure of every table that has one."""

from __future__ import annotations

import pytest

from effbench.claims.load import papers
from effbench.claims.tables.find import find
from effbench.claims.tables.layout import claims_of, table, tables
from effbench.claims.tables.trace import Relation, trace
from effbench.counting.operations import operations
from effbench.errors import MissingExtra


def traced(key, row, column, runs=()):
    """The trace of the first figure of that cell."""
    return trace(*table(key, papers()), find(*table(key, papers()), row, column)[0], runs)


def countable(claim):
    try:
        return claim.model is None or operations(claim.model, claim.size) is not None
    except MissingExtra:
        return False


@pytest.mark.parametrize("key", tables(papers()))
def test_every_figure_can_be_traced_and_adds_up(key):
    about, layout = table(key, papers())
    for claim in filter(countable, claims_of(about, layout)):
        found = trace(about, layout, claim)
        assert found.figure.claim == claim
        for one in found.counts:
            assert one.value == sum(part.count * part.price for part in one.parts)
        if found.counts and found.figure.value is not None:
            assert found.counts[0].value == found.figure.value.value


def test_both_ways_of_counting_are_taken_apart_where_the_table_mixes_them():
    found = traced("ci2p.2", "512", "ci2p_vit_ds")
    assert [(one.under, one.value) for one in found.counts] == [
        ("ci2p", 28_782_239_744),
        ("ci2p_fused_attention", 25_762_340_864),
    ]
    seen, unseen = ({part.part: part.price for part in one.parts} for one in found.counts)
    assert (seen["mac_qk"], unseen["mac_qk"]) == (1, 0)


def test_a_relation_names_its_figures_published_and_ours():
    found = traced("ravit.3", "our 1-1-10 (no EE)", "% GFLOPs")
    assert found.relation == Relation(
        kind="percent",
        of="table3.ours-1-1-10.flops",
        against="table3.vit-12.flops",
        published=["30.25 G", "34.89 G"],
        ours=[30_253_731_840, 34_894_909_440],
        under="ravit",
    )


def test_early_exits_have_the_costs_their_share_is_made_of():
    found = traced("ravit.1", "our 1-3 (0.15)", "MFLOPs")
    first, full = found.exits.costs
    assert found.exits.shares == [pytest.approx((full - 67.72e6) / (full - first))]


def test_a_measured_accuracy_names_its_runs(training):
    runs = [training(seed=seed, recipe={"data": "cifar10"}) for seed in (0, 1)]
    found = traced("ravit.1", "our 1-3 (no EE)", "Accuracy", runs)
    assert [(run.seed, run.recipe) for run in found.runs] == [(0, {"data": "cifar10"}), (1, {"data": "cifar10"})]


def test_the_commands_named_are_commands(capsys):
    from effbench.cli import main

    places = [("ci2p.2", "256", "ViT FLOPs"), ("token_fusion.3", "Ours / ImageNet-1K", "params")]
    early = [("ravit.1", "our 1-3 (0.05)", column) for column in ("MFLOPs", "% MFLOPs")]
    assert " --by module" in traced(*places[1]).commands[0]
    for place in [*places, *early]:
        for command in traced(*place).commands:
            assert main(command.split()[1:]) == 0, command
    capsys.readouterr()
