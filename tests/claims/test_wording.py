"""The page of claims: one line for every efficiency claim, each with a command that runs."""

from __future__ import annotations

import shlex

import pytest

from effbench.claims.load import PAPERS, paper
from effbench.claims.page_rows import EFFICIENCY, about
from effbench.cli import main

pytest.importorskip("torch")  # the claims of speed are predicted with the backward pass, which is counted


@pytest.fixture(scope="module")
def papers():
    return {key: about(key, []) for key in PAPERS}


@pytest.mark.parametrize("key", PAPERS)
def test_every_efficiency_claim_is_there_and_accuracies_are_counted(papers, key):
    claims = paper(key).claims
    efficiency = [claim for claim in claims if claim.metric in EFFICIENCY]
    assert [one.where for one in papers[key].judged] == [claim.where for claim in efficiency]
    assert papers[key].accuracies == len(claims) - len(efficiency)


def one(papers, key, what):
    """The claim of that text."""
    (found,) = [one for one in papers[key].judged if one.what == what]
    return found


def test_what_was_found_is_said_with_its_convention(papers):
    found = one(papers, "ci2p_vit", "CI2P-ViT^ds / FLOPs(G)")
    assert (found.group, found.found) == ("holds", "holds, rounded: ci2p_fused_attention, 256²")


def test_a_figure_that_contradicts_its_own_table(papers):
    (found,) = [one for one in papers["ravit"].judged if one.group == "contradicts the paper's own figures"]
    assert found.what == "our 1-1-10 (no EE) / % GFLOPs"
    assert "30.25 G against 34.89 G" in found.found


def test_a_statement_in_words_is_told_with_our_counts(papers):
    found = one(papers, "ravit", 'ViT: attention is "the largest part of the total cost" of a ViT, in words')
    assert found.printed == "in words"
    assert found.found.startswith("does not hold: vit_cifar10:4: attention with its projections 38.3 %")


def test_what_needs_the_authors_machine_says_so(papers):
    found = one(papers, "ci2p_vit", "CI2P-ViT: time for 300 epochs")
    assert found.found == "cannot be tested here: time: needs the authors' machine"
    assert found.printed == "about 9 h"


def test_every_command_runs(papers, capsys):
    """Those of the tables by one each, as they are of one form; all others."""
    commands = {one.command for key in PAPERS for one in papers[key].judged}
    traces = sorted(command for command in commands if command.startswith("effbench why"))
    for command in [*sorted(commands - set(traces)), *traces[::20]]:
        assert main(shlex.split(command)[1:]) == 0, command
    capsys.readouterr()


def test_every_trace_finds_its_figure(papers):
    from effbench.claims.tables.find import find
    from effbench.claims.tables.layout import layout

    for key in PAPERS:
        for one in papers[key].judged:
            if one.command.startswith("effbench why"):
                places = shlex.split(one.command)[2:]
                _, _, claims = find(layout(places[0]), *places[1:])
                assert any(one.printed.removeprefix("about ").startswith(claim.printed) for claim in claims)
