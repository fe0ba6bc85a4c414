"""One vocabulary: what ``--output``, ``--journal`` and positional models mean, and former spellings that still work."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    ("name", "starts"), [("a.csv", "model,"), ("a.json", "["), ("a.md", "| "), ("a.txt", "model"), ("a", "model")]
)
def test_the_ending_of_the_file_chooses_the_format(effbench, tmp_path, name, starts):
    assert effbench("flops vit_tiny_patch16 -o", str(tmp_path / name)).code == 0
    lines = (tmp_path / name).read_text().splitlines()
    assert any(line.startswith(starts) for line in lines), lines[:3]


def test_a_format_that_disagrees_with_the_ending_is_refused_before_anything_is_written(effbench, tmp_path):
    ran = effbench("flops vit_tiny_patch16 --format csv --output", str(tmp_path / "a.json"))
    assert (ran.code, ran.out) == (2, "")
    assert ".json is the ending of json" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_format_and_an_ending_of_nobody_go_together(effbench, tmp_path):
    assert effbench("flops vit_tiny_patch16 --format json -o", str(tmp_path / "a.data")).code == 0
    assert json.loads((tmp_path / "a.data").read_text())[0]["model"] == "vit_tiny_patch16"


@pytest.mark.parametrize(
    ("former", "line"),
    [
        ("3 is read as 3%", "gate run no_such --base main --margin 3"),
        ("--model", "gate check --model vit_cifar11 --snapshot none.jsonl"),
        ("--out", "profile no_such --out samples.jsonl"),
        ("--out", "gate calibrate no_such --out calibration.json"),
        ("--out", "gate run no_such --base main --out pairs.jsonl"),
        ("--models", "atlas --models no_such_model --jobs 0"),
    ],
)
def test_a_former_spelling_works_with_one_line_that_names_the_new_one(effbench, tmp_path, monkeypatch, former, line):
    monkeypatch.chdir(tmp_path)
    ran = effbench(line)
    assert ran.code == 2
    told, error = ran.err.splitlines()
    assert told.startswith(former)
    assert error.startswith("effbench: error: ")
    assert effbench(f"{line} --quiet").err.splitlines() == [error]


@pytest.mark.parametrize(("typed", "margin"), [("0.03", 0.03), ("3%", 0.03), ("3", 0.03), ("0.5", 0.5)])
def test_a_margin_is_a_fraction_and_formerly_a_percentage(effbench, monkeypatch, typed, margin):
    plans = []
    monkeypatch.setattr("effbench.gate.timing.compare_revisions", lambda jobs, plan, **_: plans.append(plan) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        effbench(f"gate run vit_tiny_patch16 --base main --margin {typed}")
    assert [plan.margin for plan in plans] == pytest.approx([margin])


def test_models_by_the_former_option_are_measured_with_the_others(effbench, monkeypatch):
    jobs = []
    monkeypatch.setattr("effbench.gate.timing.compare_revisions", lambda found, plan, **_: jobs.extend(found) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        effbench("gate run --model vit_tiny_patch16 --base main --model vit_cifar10:1")
    assert [job.model for job in jobs] == ["vit_tiny_patch16", "vit_cifar10:1"]


def test_models_may_stand_before_and_after_options(effbench, monkeypatch):
    jobs = []
    monkeypatch.setattr("effbench.gate.timing.compare_revisions", lambda found, plan, **_: jobs.extend(found) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        effbench("gate run vit_tiny_patch16 --base main vit_cifar10:1")
    assert [job.model for job in jobs] == ["vit_tiny_patch16", "vit_cifar10:1"]
