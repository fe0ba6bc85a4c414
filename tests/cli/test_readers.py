"""The whole way of five readers, with a network of their own: a student, an engineer, a maintainer, a reviewer, and a
user of a notebook."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

import effbench as eb
from effbench.models import registry
from effbench.selection.budget import Budget
from effbench.selection.zoo import search

NET = """
from torch import nn


class PatchMixer(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.embed = nn.Conv2d(3, width, 16, stride=16)
        self.mix = nn.Linear(width, {hidden})
        self.head = nn.Linear({hidden}, 10)

    def forward(self, image):
        tokens = self.embed(image).flatten(2).transpose(1, 2)  # (b, 196, width)
        return self.head(self.mix(tokens).mean(1))
"""
MACS = 196 * 3 * 16 * 16 * 64 + 196 * 64 * 64 + 64 * 10  # embed, mix, head
PARAMS = (768 + 1) * 64 + (64 + 1) * 64 + (64 + 1) * 10
MINE = "mixer.py:PatchMixer"


@pytest.fixture
def mixer(tmp_path, monkeypatch):
    """``mixer(hidden)`` writes the reader's file, as an edit of it; the folder is the reader's."""
    pytest.importorskip("torch")
    pytest.importorskip("timm")
    monkeypatch.chdir(tmp_path)

    def write(hidden=64):
        registry._run_once.cache_clear()
        (tmp_path / "mixer.py").write_text(NET.format(hidden=hidden))

    write()
    return write


TABLE = f"flops {MINE} vit_tiny_patch16 timm/deit_tiny_patch16_224 --size 224 --columns model,params,macs,peak"
CHECK = "gate check --snapshot exact.jsonl --allow-code"


def test_a_student_writes_a_table(effbench, mixer, tmp_path):
    named = ["--names", f"{MINE}=PatchMixer (ours)", "--caption", "Cost of one image", "--label", "tab:cost"]
    assert effbench(f"{TABLE} --sort macs", *named, "-o", "cost.tex").code == 0
    text = (tmp_path / "cost.tex").read_text()
    assert text.count(r"\begin{tabular}") == 1
    assert r"\caption{Cost of one image}" in text
    assert r"\label{tab:cost}" in text
    first = next(line for line in text.splitlines() if line.startswith("PatchMixer (ours)"))
    assert re.findall(r"[\d.]+", first)[:2] == ["0.0540", "0.0104"]
    assert effbench(TABLE, "-o", "cost.csv").code == 0
    (row,) = (row for row in effbench(f"{TABLE} --format csv").csv if row["model"] == MINE)
    assert (int(row["value"]), int(row["params"]), row["unit"]) == (MACS, PARAMS, "MAC")
    if shutil.which("pdflatex"):
        preamble = r"\documentclass{article}\usepackage{booktabs,siunitx}\begin{document}"
        (tmp_path / "paper.tex").write_text(preamble + r"\input{cost}\end{document}")
        subprocess.run(["pdflatex", "-halt-on-error", "paper.tex"], cwd=tmp_path, check=True, capture_output=True)


def test_an_engineer_chooses_a_network(effbench, mixer):
    budgets = "--max-macs 5G --max-memory 30MB --machine i7_12700h --max-latency 20ms"
    best, *_ = rows = effbench(f"search {budgets} --format json").json
    assert all(row["macs"] <= 5e9 and row["memory"] <= 30e6 and row["images_per_s"] >= 50 for row in rows)
    every = search(Budget(macs=5e9, memory=30e6), "i7_12700h").rows
    assert best["top1"] == max(row.top1 for row in every if row.images_per_s >= 50 and (row.measured or 50) >= 50)
    (counted,) = effbench(f"count timm/{best['model']} --size {best['size']} --format json").json
    assert (counted["value"], counted["params"]) == (best["macs"], best["params"])
    timed = effbench(f"profile {MINE} --input 1x3x224x224 --processes 1 --samples 3 --seconds 0.01 --format json").json
    assert {row["metric"]: row["value"] for row in timed}["latency"] > 0


def test_a_maintainer_gates_a_change(effbench, mixer):
    assert effbench(f"gate accept {MINE} --snapshot exact.jsonl").code == 0
    assert effbench(CHECK).code == 0
    mixer(hidden=80)
    ran = effbench(CHECK)
    assert ran.code == 1
    assert ran.out.startswith("exact gate, exact.jsonl: 1 differs\n")
    assert "effbench gate accept --snapshot exact.jsonl --allow-code" in ran.out
    rows = {row["quantity"]: row for row in effbench(f"{CHECK} --format json").json}
    assert rows["MACs"]["after"] - rows["MACs"]["before"] == 196 * 64 * 16 + 16 * 10


def test_a_reviewer_checks_a_table(effbench, tmp_path):
    (tmp_path / "paper.md").write_text(
        "| Model | Image size | Params (M) | FLOPs (G) |\n|:--|--:|--:|--:|\n"
        "| DeiT-Ti | 224 | 5.7 | 1.3 |\n| DeiT-S | 224 | 22.1 | 4.6 |\n| DeiT-B | 224 | 86.6 | 4.6 |\n"
    )
    ran = effbench("lint --format json", tmp_path / "paper.md")
    assert ran.code == 1
    assert {row["row"] for row in ran.json} == {"DeiT-B"}
    said = effbench("explain timm/deit_small_patch16_224 --value 9.2G").out.splitlines()[0]
    assert said.startswith("9.2G is what flops prints of timm/deit_small_patch16_224 at 224²")


def test_a_notebook_counts_its_own_module(mixer):
    torch = pytest.importorskip("torch")
    cell: dict[str, object] = {"__name__": "__main__"}
    for _ in range(2):  # a cell is run again after an edit
        exec(NET.format(hidden=64), cell)
    net = cell["PatchMixer"](width=64)
    cost = eb.count(net, torch.zeros(1, 3, 224, 224))
    assert (cost.macs, cost.flops, cost.params, cost.complete) == (MACS, 2 * MACS, PARAMS, True)
    assert "<table>" in cost._repr_html_()
    beside = eb.compare({"ours": cost, "vit": eb.count("vit_tiny_patch16")})
    assert f"{MACS:,}" in beside._repr_html_()
    assert eb.profile(net, torch.zeros(1, 3, 224, 224), samples=3).seconds > 0
    pytest.importorskip("pandas")
    assert cost.to_pandas()["macs"].sum() == MACS
