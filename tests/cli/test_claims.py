"""``effbench claims``."""

from __future__ import annotations

import json

import pytest

from effbench.claims.load import PAPERS, paper
from effbench.report.table import FORMATS


@pytest.mark.parametrize("key", PAPERS)
def test_every_claim_of_a_paper_has_a_row(effbench, key):
    rows = effbench(f"claims --paper {key} --format json").json
    figures = [row["claims"][0] for row in rows if row["record"] == "figure"]
    assert figures == [claim.id for claim in paper(key).claims]


def test_without_a_paper_all_are_audited(effbench):
    rows = effbench("claims --format json").json
    assert list(dict.fromkeys(row["paper"] for row in rows)) == list(PAPERS)


def test_inconsistencies_are_rows_too(effbench):
    rows = effbench("claims --paper ravit --format json").json
    found = [(row["kind"], row["claims"]) for row in rows if row["record"] == "inconsistency"]
    assert found == [
        ("arithmetic", ["table3.ours-1-1-10.flops-percent"]),
        ("ratio", ["text.s5-b.0-0-3-over-0-5-0"]),
    ]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("ravit", "our 1-1-10 (no EE), % GFLOPs: printed 81 %, but 30.25 G against 34.89 G gives 86.7 %"),
        ("ravit", "printed 2.73 x"),
        ("ci2p_vit", "Table 2 mixes two ways of counting"),
        ("ci2p_vit", "it is the figure of the row ViT-B/16, where it holds"),
        ("token_fusion", "the digits are the model's cost, 55.484 G"),
        ("token_fusion", "different systems with the same accuracies, 87.32 and 94.97 %"),
    ],
)
def test_people_read_what_is_wrong(effbench, key, said):
    assert said in effbench(f"claims --paper {key}").out


def test_people_see_a_verdict_per_figure(effbench):
    lines = [line.split() for line in effbench("claims --paper ravit").out.splitlines()]
    (row,) = (
        line
        for line in lines
        if line[:2] == ["Table", "I"] and "89.99" in line and "MFLOPs" in line and "%" not in line
    )
    assert row[-6:] == ["M", "89.999", "M", "truncated", "ravit,", "32²"]


def test_figures_that_were_not_checked_are_counted_and_listed_on_request(effbench):
    short, long = effbench("claims --paper ravit").out, effbench("claims --paper ravit --all").out
    assert "accuracy: needs training" in short
    assert "84.9 %" not in short
    assert "84.9 %" in long


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(effbench, format):
    ran = effbench(f"claims --paper ci2p_vit --format {format}")
    assert (ran.code, ran.err) == (0, "")
    assert "fused" in ran.out


def test_csv_holds_our_integers(effbench):
    rows = effbench("claims --paper ravit --format csv").csv
    (row,) = (row for row in rows if row["id"] == "table1.ours-1-3.flops")
    assert (row["printed"], row["ours"], row["under"]) == ("89.99", "89999360", "ravit")


def test_output_goes_to_the_file_and_nowhere_else(effbench, tmp_path):
    printed = effbench("claims --paper ravit --all")
    assert effbench("claims --paper ravit --all --output", tmp_path / "claims.txt") == (0, "", "")
    assert (tmp_path / "claims.txt").read_text(encoding="utf-8") == printed.out


def summary_of(ratio):
    """A summary as ``--summary`` writes it: RAViT 1-3 takes ``ratio`` times as long as its ViT."""
    job = {"model": "ravit_cifar10:1-3", "against": "vit_cifar10:4", "size": 32, "batch": 8, "dtype": "fp32"}
    how = {"mode": "eager", "task": "infer", "device": "cpu", "threads": 1, "clock": "wall", "sets": 8}
    under = {"machine": "m", "cpu": "A processor", "cores": 2, "accelerator": None, "system": "Linux"}
    conditions = {**under, "libraries": {"torch": "2.9"}, "commit": None, "dirty": None}
    found = {"ratio": ratio, "low": ratio - 0.01, "high": ratio + 0.01, "load": 0.5, "ended": "today"}
    return [{**job, **how, **found, "conditions": conditions}]


@pytest.fixture
def measured(tmp_path):
    path = tmp_path / "measured.json"
    path.write_text(json.dumps(summary_of(0.8)), encoding="utf-8")
    return path


def test_speed_is_claimed_predicted_and_measured(effbench, measured):
    rows = effbench("claims --paper ravit --format json --measurements", measured).json
    (row,) = (row for row in rows if row["record"] == "speed" and row["model"] == "ravit_cifar10:1-3")
    assert (row["claimed"], row["outcome"], row["claims"]) == (81, "holds", ["table1.ours-1-3.flops-percent"])
    assert (row["low"], row["measured"], row["high"]) == pytest.approx((79, 80, 81))
    others = [row["outcome"] for row in rows if row["record"] == "speed" and row["model"] != "ravit_cifar10:1-3"]
    assert others == ["not measured", "not measured"]


def test_people_read_the_verdict_with_machine_and_load(effbench, measured):
    out = effbench("claims --paper ravit --measurements", measured).out
    assert "measured 80 % [79, 81] on A processor, 1 thread, fp32, batch 8: about 81 % holds" in out
    assert "8 sets in lock-step by wall time, torch 2.9, load 0.5, ended today" in out
    assert "without early exit" in out
    assert "not measured: effbench profile" in out


def test_csv_holds_speed_too(effbench, measured):
    rows = effbench("claims --paper ravit --format csv --measurements", measured).csv
    (row,) = (row for row in rows if row["record"] == "speed" and row["outcome"] == "holds")
    assert (row["cpu"], float(row["predicted"])) == ("A processor", pytest.approx(81.5, abs=0.05))


def test_a_summary_of_measurements_is_written_and_read_again(effbench, measured, tmp_path):
    kept = tmp_path / "kept.json"
    first = effbench(f"claims --paper ravit --summary {kept} --measurements", measured)
    assert json.loads(kept.read_text(encoding="utf-8")) == summary_of(0.8)
    assert effbench("claims --paper ravit --measurements", kept) == first


@pytest.mark.parametrize(
    ("file", "said"), [("none.jsonl", "no such file"), ("", "no such file"), ("claims.csv", "is no record")]
)
def test_a_file_without_measurements_is_one_line(effbench, tmp_path, file, said):
    (tmp_path / "claims.csv").write_text("{}\n", encoding="utf-8")
    ran = effbench("claims --measurements", tmp_path / file)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
