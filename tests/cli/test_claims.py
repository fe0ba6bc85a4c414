"""``effbench claims``."""

from __future__ import annotations

import json
import shlex

import pytest

from effbench.claims.load import papers
from effbench.cli import profile
from effbench.cli.parser import Parser
from effbench.errors import MissingExtra
from effbench.render.table import FORMATS


def test_without_a_paper_all_are_audited_and_every_claim_has_a_row(effbench):
    rows = effbench("claims --format json").json
    figures = [(row["paper"], row["id"]) for row in rows if row["record"] == "figure"]
    assert figures == [(about.key, claim.id) for about in papers() for claim in about.claims]
    assert list(dict.fromkeys(row["paper"] for row in rows)) == [about.key for about in papers()]


def test_a_paper_is_named_alone_or_after_its_option(effbench):
    named = effbench("claims ravit --format csv")
    assert {row["paper"] for row in named.csv} == {"ravit"}
    assert named == effbench("claims --paper ravit --format csv")


def test_inconsistencies_are_rows_too(effbench):
    rows = effbench("claims --paper ravit --format json").json
    found = [(row["kind"], row["claims"]) for row in rows if row["record"] == "inconsistency"]
    assert found == [
        ("arithmetic", ["table3.ours-1-1-10.flops-percent"]),
        ("ratio", ["text.s5-b.0-0-3-over-0-5-0"]),
        ("statement", ["text.s1.attention-largest"]),
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


RAVIT = "ravit_cifar10:1-3"


def summary_of(ratio, **changed):
    """A summary as ``--summary`` writes it: RAViT 1-3 takes ``ratio`` times as long as its ViT."""
    job = {"model": RAVIT, "against": "vit_cifar10:4", "size": 32, "batch": 8, "dtype": "fp32", "mode": "eager"}
    how = {"task": "infer", "device": "cpu", "threads": 1, "clock": "wall"}
    found = {"ratio": ratio, "low": ratio - 0.01, "high": ratio + 0.01, "sets": 8, "steady": True}
    machine = {"machine": "m", "cpu": "A processor", "cores": 2, "accelerator": None, "system": "Linux"}
    conditions = {**machine, "libraries": "torch 2.9", "commit": None, "dirty": None, "load": 0.5}
    return [{**job, **how, **found, "conditions": conditions, "ended": "today", **changed}]


@pytest.fixture
def measured(tmp_path):
    """``measured(0.8)``: a file with that summary."""

    def write(ratio, **changed):
        path = tmp_path / "measured.json"
        path.write_text(json.dumps(summary_of(ratio, **changed)), encoding="utf-8")
        return path

    return write


@pytest.fixture
def no_measurements(monkeypatch, tmp_path):
    """The package as it is before anything was measured."""
    monkeypatch.setattr("effbench.claims.ratios.SHIPPED", tmp_path / "measured")


def speed_of(rows, model=RAVIT):
    return next(row for row in rows if row["record"] == "speed" and row["model"] == model)


def test_speed_is_claimed_predicted_and_measured(effbench, measured):
    rows = effbench("claims --paper ravit --format json --measurements", measured(0.8)).json
    row = speed_of(rows)
    assert (row["claimed"], row["outcome"], row["claims"]) == (81, "holds", ["table1.ours-1-3.flops-percent"])
    assert (row["low"], row["measured"], row["high"]) == pytest.approx((79, 80, 81))
    others = [row["outcome"] for row in rows if row["record"] == "speed" and row["model"] != RAVIT]
    assert others == ["not measured", "not measured"]


def test_people_see_them_side_by_side(effbench, measured):
    out = effbench("claims --paper ravit --measurements", measured(0.9)).out
    (line,) = (line for line in out.splitlines() if line.startswith("Table I ") and RAVIT in line)
    cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
    # 45,493,760 of 55,838,976 MACs are 81.47 %; 81 % and an eighth of the 19 points saved: 78.6 to 83.4 %
    assert cells[2:6] == ["infer, 32²", "81 %", "81.5 %", "90.0 % [89.0, 91.0]"]
    assert cells[6] == "falls short of about 81 % in time on A processor, 1 thread, fp32, batch 8 (claimed of FLOPs)"


def test_people_read_what_a_measurement_is_and_under_what_it_was_made(effbench, measured):
    out = effbench("claims --paper ravit --measurements", measured(0.8, steady=False)).out
    assert f"{RAVIT}, infer: claimed of FLOPs, without early exit: every image goes through all branches" in out
    assert "the whole 95% interval lies within 12.5% of the saving that the figure claims" in out
    assert "batch 8: 8 sets in lock-step by wall time, not steady after warm-up, ended today. Conditions: " in out
    assert "A processor, 2 cores, Linux, threads 1, torch 2.9, no revision, load up to 0.5." in out


def test_one_set_is_shown_without_a_verdict(effbench, measured):
    out = effbench("claims --paper ravit --measurements", measured(0.8, sets=1, low=None, high=None)).out
    assert " 80.0 %  one set on A processor, 1 thread, fp32, batch 8: no interval, no verdict" in out
    assert "batch 8: one set in lock-step" in out


def test_without_measurements_every_claim_says_so_and_how_it_is_measured(
    effbench, no_measurements, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    ran = effbench("claims --paper ravit")
    assert (ran.code, ran.err) == (0, "")
    speeds = [row for row in effbench("claims --paper ravit --format json").json if row["record"] == "speed"]
    assert [(row["measured"], row["outcome"]) for row in speeds] == [(None, "not measured")] * 3
    said = [line for line in ran.out.splitlines() if "not measured: effbench profile" in line]
    for row, line in zip(speeds, said, strict=True):
        words = shlex.split(line.partition("not measured: effbench profile ")[2].partition(";")[0])
        parser = Parser("profile", profile.SUMMARY, profile.EXAMPLES)
        profile.configure(parser)
        asked = parser.parse_args(words)
        assert (asked.models, asked.relative_to) == ([row["against"], row["model"]], row["against"])
        assert (asked.size, asked.task) == (row["size"], [row["task"]])


def test_what_ships_is_shown_unless_other_files_are_named(effbench, no_measurements, tmp_path, measured):
    (tmp_path / "measured").mkdir()
    (tmp_path / "measured" / "profiles.json").write_text(json.dumps(summary_of(0.5)), encoding="utf-8")
    assert speed_of(effbench("claims --paper ravit --format json").json)["measured"] == 50
    other = effbench("claims --paper ravit --format json --measurements", measured(0.75))
    assert [row["measured"] for row in other.json if row["record"] == "speed"] == [75, None, None]


def test_a_claim_that_cannot_be_predicted_says_why(effbench, monkeypatch):
    def fail(*_):
        raise MissingExtra("counting ci2p_vit", "torch", "measure")

    monkeypatch.setattr("effbench.claims.speedups.macs", fail)
    rows = effbench("claims --paper ravit --format json").json
    assert speed_of(rows)["predicted"] is None
    out = effbench("claims --paper ravit").out
    assert f"{RAVIT}, infer: not predicted: counting ci2p_vit needs torch: python -m pip install" in out


def test_csv_holds_speed_too(effbench, measured):
    rows = effbench("claims --paper ravit --format csv --measurements", measured(0.8)).csv
    row = speed_of(rows)
    assert (row["cpu"], row["outcome"], float(row["low"])) == ("A processor", "holds", pytest.approx(79))
    assert speed_of(rows, "ravit_imagenet:1-1-8")["measured"] == ""


def test_a_summary_of_measurements_is_written_and_read_again(effbench, measured, tmp_path):
    kept = tmp_path / "kept.json"
    first = effbench(f"claims --paper ravit --summary {kept} --measurements", measured(0.8))
    assert json.loads(kept.read_text(encoding="utf-8")) == summary_of(0.8)
    assert effbench("claims --paper ravit --measurements", kept) == first


def test_a_summary_is_of_files_that_are_named(effbench, tmp_path):
    ran = effbench("claims --summary", tmp_path / "kept.json")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "--summary needs --measurements" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_about_other_models_is_named_and_changes_nothing(effbench, measured, no_measurements):
    ran = effbench("claims --paper ravit --measurements", measured(0.8, model="ravit_cifar10:2-3"))
    assert ran.code == 0
    assert ran.err.count("\n") == 1
    assert "measured.json has no measurement that tests a claim of speed" in ran.err
    assert ran.out == effbench("claims --paper ravit").out


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("none.jsonl", "No such file"),
        ("none.json", "No such file"),
        ("", "cannot read"),
        ("claims.csv", "is no record"),
        ("other.json", "is no summary"),
    ],
)
def test_a_file_without_measurements_is_one_line(effbench, tmp_path, file, said):
    (tmp_path / "claims.csv").write_text("{}\n", encoding="utf-8")
    (tmp_path / "other.json").write_text("{}\n", encoding="utf-8")
    ran = effbench("claims --paper ravit --measurements", tmp_path / file)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


def test_the_page_is_a_file_and_nothing_is_printed(effbench, tmp_path):
    pytest.importorskip("torch")  # the claims of speed are predicted with the backward pass, which is counted
    ran = effbench("claims --paper ci2p_vit --page", tmp_path / "claims.md")
    assert (ran.code, ran.out) == (0, "")
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert text.count("\n## ") == 1
    assert "`effbench why ci2p.2 '512^2' 'CI2P-ViT^ds FLOPs'`" in text


def test_a_page_that_cannot_be_written_is_known_at_once(effbench, tmp_path):
    ran = effbench("claims --page", tmp_path / "none" / "claims.md")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
