"""Verdicts in words, and a command that runs for each."""

from __future__ import annotations

import shlex

import pytest

from effbench.claims.audit import audit
from effbench.claims.load import paper, papers
from effbench.claims.tables.find import find
from effbench.claims.tables.layout import table
from effbench.claims.wording import command, group_and_sentence, stand
from effbench.cli import main

pytest.importorskip("torch")  # some claims are about networks that are counted

VERDICTS = [(about, v) for about in papers() for v in audit(about).verdicts.values()]


def words(key, claim):
    """(group, sentence) of a claim."""
    return group_and_sentence(paper(key), audit(paper(key)).verdicts[claim])


@pytest.mark.parametrize(
    ("key", "claim", "group", "sentence"),
    [
        ("ci2p_vit", "table1.ci2p-vit-ds.flops", "holds", "holds, rounded: ci2p_fused_attention, 256²"),
        (
            "ravit",
            "table3.ours-1-1-10.flops-percent",
            "contradicts the paper's own figures",
            "contradicts the paper's own figures: 30.25 G against 34.89 G",
        ),
        (
            "ravit",
            "text.s1.attention-largest",
            "does not hold",
            "does not hold: vit_cifar10:4: attention with its projections 38.3 %",
        ),
        (
            "ci2p_vit",
            "text.s4-1.ci2p-vit.training-hours",
            "not tested here",
            "not tested here: time: needs the authors' machine",
        ),
    ],
)
def test_a_verdict_is_a_sentence(key, claim, group, sentence):
    found = words(key, claim)
    assert found[0] == group
    assert found[1].startswith(sentence)


def test_the_reading_a_verdict_rests_on_is_told_with_it():
    assert "; read: taken as MViTv2-H" in words("token_fusion", "table3.mvit-xl.params")[1]


def test_a_figure_that_a_later_version_prints_otherwise_is_no_slip():
    group, said = words("swiftformer", "table1.xs.macs")
    assert group == "changed by a later version"
    assert "authors' README of commit 898d23ca prints 0.6 G, which holds under macs" in said


def test_a_command_for_memory_shows_the_memory(capsys):
    about = paper("ci2p_vit")
    line = command(about, audit(about).verdicts["text.s1.memory"])
    assert main(shlex.split(line)[1:]) == 0
    assert "reduction -8.4 % (fp32 weights" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "way"), [("rounded", "holds"), ("implies", "holds"), ("off", "against"), ("not checked", "open")]
)
def test_which_way_a_verdict_speaks(outcome, way):
    assert stand(outcome) == way


def test_the_command_shows_the_evidence_as_near_as_there_is():
    commands = {
        "table2.512.ci2p-vit-ds-flops": "effbench why ci2p.2 '512^2' 'CI2P-ViT^ds FLOPs'",
        "text.s4-3.ci2p-vit-ds.flops": "effbench explain ci2p_vit_ds --size 256 --value 6.442G",
        "text.abstract.top1": "effbench claims --paper ci2p_vit --all",
    }
    found = audit(paper("ci2p_vit")).verdicts
    assert {id: command(paper("ci2p_vit"), found[id]) for id in commands} == commands


def test_every_command_runs(capsys):
    """Those of the tables by some each, as they are of one form; all others."""
    commands = {command(about, v) for about, v in VERDICTS}
    traces = sorted(line for line in commands if line.startswith("effbench why"))
    for line in [*sorted(commands - set(traces)), *traces[::40]]:
        assert main(shlex.split(line)[1:]) == 0, line
    capsys.readouterr()


def test_every_trace_finds_its_figure():
    traces = [(v, shlex.split(command(about, v))) for about, v in VERDICTS]
    traces = [(v, line) for v, line in traces if line[1] == "why"]
    assert len(traces) > 200
    for v, (_, _, key, row, column) in traces:
        assert v.claim in find(*table(key, papers()), row, column)
