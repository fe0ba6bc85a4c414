"""The efficiency claims in Markdown, of a small paper and of the real ones."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from effbench.claims import digest as digest_module
from effbench.claims import listing
from effbench.claims.digest import EFFICIENCY, Judged, digest, markdown
from effbench.claims.finding import Finding
from effbench.claims.load import papers
from effbench.claims.verdict import Verdict


@pytest.fixture
def judged(paper_of):
    """``judged({"row": "A|B"}, 17_582_000_000, "holds", "…")``: a claim, ours, the group and the sentence."""

    def make(row, ours, group, found):
        claim = paper_of({"id": "a", "printed": "1", **row}).claim("a")
        return Judged(Verdict(claim=claim, outcome="off", ours=ours), group, found, "effbench why p.1 A FLOPs")

    return make


@pytest.fixture
def holds(judged):
    row = {"row": "A|B", "column": "FLOPs", "printed": "17.6"}
    return judged(row, 17_582_000_000, "holds", "holds, rounded: macs, 224²")


@pytest.fixture
def percent(judged):
    about = {"where": "Abstract", "row": "reduction", "printed": "50", "unit": "%", "approximate": True}
    relation = {"relation": "reduction", "of": "a", "against": "a"}
    return judged({**about, **relation}, Fraction("51.236"), "follows", "follows: 1 G against 2 G")


@pytest.fixture
def made(paper_of, holds, percent):
    """``made(judged=[…])``: the page of one paper."""
    empty = digest(paper_of({"id": "a", "printed": "1"}), [])
    return lambda **more: markdown([dataclasses.replace(empty, **{"judged": [holds, percent], "findings": [], **more})])


def cells(text, beginning):
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {beginning}")]
    return [cell.strip() for cell in line.replace(r"\|", "!").strip("|").split("|")]


def test_a_claim_is_a_line(made, percent):
    assert cells(made(judged=[percent]), "Abstract") == [
        "Abstract",
        "A: reduction",
        "about 50 %",
        "51.24 %",
        "follows: 1 G against 2 G",
        "`effbench why p.1 A FLOPs`",
    ]


SPEED = ["claimed", "predicted from MACs", "measured"]


@pytest.mark.parametrize(
    ("columns", "right"),
    [(digest_module.SPEED_COLUMNS, SPEED), (listing.SPEED_COLUMNS, SPEED), (listing.COLUMNS, ["printed", "ours"])],
)
def test_figures_stand_on_the_right_of_their_columns(columns, right):
    assert [one.title for one in columns if one.right] == right


def test_a_bar_in_a_label_does_not_end_its_cell(made, holds):
    assert cells(made(judged=[holds]), "Table 1")[1] == "A!B / FLOPs"


def test_the_summary_counts_what_was_found(made, holds, percent):
    text = made(judged=[holds, holds, percent], accuracies=3)
    assert "3 efficiency claims:\n\n- holds: 2\n- follows: 1\n- accuracies and their orderings, not listed: 3" in text


def test_findings_and_speeds_have_sections_only_where_there_are_any(made, paper_of, ratio):
    assert "What does not fit" not in made()
    assert "### Speed" not in made()
    claim = {"id": "a", "printed": "2", "unit": "x", "metric": "training_hours"}
    speed = {"claim": "a", "task": "infer", "model": "vit_cifar10:3", "against": "vit_cifar10:4", "size": 32}
    about = paper_of(claim, speed=[{**speed, "note": ""}])
    found = digest(about, [ratio(model="vit_cifar10:3", ratio=0.34, low=0.32, high=0.36)])
    text = markdown([found])
    assert "| 1.33 x | 2.94 x [2.78 x, 3.13 x] |" in " ".join(text.split())
    finding = Finding("p", "Table 1", "off", "printed 1 * 2", ("a",))
    assert r"- Table 1 (off): printed 1 \* 2." in made(findings=[finding])


@pytest.mark.parametrize("about", papers(), ids=lambda about: about.key)
def test_every_efficiency_claim_is_there_and_accuracies_are_counted(about):
    pytest.importorskip("torch")  # claims of training speed are predicted with the backward pass, which is counted
    efficiency = [claim for claim in about.claims if claim.metric in EFFICIENCY]
    found = digest(about, [])
    assert efficiency
    assert [one.verdict.claim.where for one in found.judged] == [claim.where for claim in efficiency]
    assert found.accuracies == len(about.claims) - len(efficiency)


@pytest.mark.parametrize(("unit", "under", "of"), [("M", "ravit", "FLOPs"), ("G", "macs", "MACs")])
def test_the_page_says_what_the_paper_means_by_flops(paper_of, unit, under, of):
    # 89 999 360 are RAViT 1-3's operations; 17 563 828 224 are ViT-B/16's MACs.
    row = {"M": {"model": "ravit_cifar10:1-3", "size": 32, "printed": "89.99936"}}
    about = paper_of(
        {"id": "a", "unit": unit, **row.get(unit, {"model": "vit_base_patch16", "printed": "17.563828224"})}
    )
    assert f"- costs are counted mostly as `{under}`, in {of}: " in markdown([digest(about, [])])
