"""A paper of a user's own: one file, given by its folder, is audited, laid out, traced and on the page."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from effbench.claims.load import papers
from effbench.render.plain import plain
from effbench.report.data.audit import audit_data
from effbench.report.data.published import accuracy_rows, paper_rows
from effbench.report.figures.speedups import speedups_figure

TINY = """\
[paper]
key = "tiny"
short = "Tiny"
title = "A tiny paper"
authors = ["A. Author"]
url = "https://example.org/tiny"
version = "v1"

[[claim]]
id = "table1.vit.flops"
where = "Table 1"
row = "ViT-4"
column = "MACs"
system = "ViT-4"
model = "vit_cifar10:4"
metric = "flops"
printed = "55.84"
unit = "M"

[[claim]]
id = "table1.vit.tokens"
where = "Table 1"
row = "ViT-4"
column = "Tokens"
system = "ViT-4"
model = "vit_cifar10:4"
metric = "tokens"
printed = "65"
unit = ""

[[claim]]
id = "table1.vit.top1"
where = "Table 1"
row = "ViT-4"
column = "Top-1"
system = "ViT-4"
model = "vit_cifar10:4"
metric = "top1"
printed = "84.0"
unit = "%"
dataset = "cifar10"

[[claim]]
id = "table1.ours.flops"
where = "Table 1"
row = "Ours"
column = "MACs"
system = "Ours"
model = "ravit_cifar10:1-3"
metric = "flops"
printed = "90.0"
unit = "M"

[[claim]]
id = "text.faster"
where = "Abstract"
row = "time of an image"
system = "Ours"
model = "ravit_cifar10:1-3"
metric = "training_hours"
printed = "80"
unit = "%"
approximate = true

[[claim]]
id = "text.attention"
where = "Abstract"
row = "attention is cheap"
system = "Ours"
metric = "flops"
printed = ""
unit = ""

[[table]]
key = "tiny.1"
where = "Table 1"
caption = "Everything."
labels = ["Model"]
columns = ["MACs", "Tokens", "Top-1"]

[[speed]]
claim = "text.faster"
task = "infer"
model = "ravit_cifar10:1-3"
against = "vit_cifar10:4"
size = 32
note = "a step alone"

[[statement]]
claim = "text.attention"
models = ["vit_cifar10:4"]
parts = { attention = ["*.attn", "*.attn.*"] }
convention = "macs"

[[ordering]]
id = "order.a"
where = "Abstract"
said = "ours is better"
dataset = "cifar10"
relation = "greater"
pairs = [["1-3", "0-4"]]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with that paper alone."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "tiny.toml").write_text(TINY, encoding="utf-8")
    return tmp_path / "own"


@pytest.mark.parametrize("name", ["", "tiny.toml"])
def test_its_claims_are_judged_alone_or_beside_the_others(effbench, folder, name):
    rows = effbench("claims --format json", folder / name).json
    assert {row["paper"] for row in rows} == {"tiny"}
    found = {row["id"]: row["verdict"] for row in rows if row["record"] == "figure"}
    assert found["table1.vit.flops"] == "rounded"  # 55,838,976 MACs
    assert found["table1.vit.tokens"] == "exact"  # 8 x 8 patches and a class token
    speed = next(row for row in rows if row["record"] == "speed")
    assert speed["predicted"] == pytest.approx(100 * 45_493_760 / 55_838_976)
    assert effbench("claims --paper tiny --format json --papers", folder / name).json == rows


def test_its_table_is_made_in_its_own_layout(effbench, folder):
    out = effbench("tables tiny.1 --format markdown --papers", folder).out
    assert out.startswith("**A tiny paper, Table 1: Everything.**")
    assert "| 0.00 %, rounded under [a] at 32² | 0.00 %, exact under [b]" in " ".join(out.split())
    assert "unknown table 'tiny.1'" in effbench("tables tiny.1").err


def test_every_command_that_is_named_finds_it(effbench, folder):
    traced = effbench("why tiny.1 ViT-4 MACs --format json --papers", folder).json[0]
    assert (traced["file"], traced["ours"]) == (str(folder / "tiny.toml"), 55_838_976)
    page = folder / "page.md"
    assert effbench("claims --page", page, folder).code == 0
    text = page.read_text(encoding="utf-8")
    named = {part for line in text.splitlines() for part in line.split("`") if part.startswith("effbench ")}
    shown = named - {"effbench claims --page", "effbench flops --convention all"}
    assert len(shown | set(traced["commands"])) > 5
    for command in {*shown, *traced["commands"]}:
        assert effbench(*shlex.split(command)[1:]).code == 0, command


def test_it_is_on_the_page_and_in_the_figure_of_speed(folder):
    every = papers([folder])
    assert list(paper_rows(every)) == ["ci2p_vit", "token_fusion", "ravit", "swiftformer", "tiny"]
    (accuracy,) = (row for row in accuracy_rows(every) if row.claim.paper == "tiny")
    assert (accuracy.images, accuracy.cost_printed) == (10_000, 55_840_000)
    alone = [about for about in every if about.key == "tiny"]
    assert {row.about.key for row in audit_data(alone).claims} == {"tiny"}
    assert plain(audit_data(alone).speeds[0])["paper"] == "tiny"
    speedups = speedups_figure(alone)
    assert [row.label for row in speedups.rows] == ["Tiny, Abstract\nravit_cifar10:1-3, inference"]


def test_its_orderings_are_there_for_trainings_to_test(folder):
    assert [one.id for one in papers([folder])[-1].orderings] == ["order.a"]
