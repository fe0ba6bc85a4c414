"""``effbench search``."""

from __future__ import annotations

import json

import pytest

from effbench.cli import main

KEYS = {"model", "size", "top1", "macs", "params", "images_per_s", "low", "high", "measured"}


def test_json_rows_meet_the_budgets(capsys):
    line = "search --max-macs 5G --max-params 30M --max-memory 200MB --min-throughput 1000/s --machine rtx3090"
    assert main([*line.split(), "--sort", "top1", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) > 300
    assert all(set(row) >= KEYS for row in rows)
    assert all(row["macs"] <= 5e9 and row["params"] <= 30e6 and row["images_per_s"] >= 1000 for row in rows)
    assert [row["top1"] for row in rows] == sorted((row["top1"] for row in rows), reverse=True)


def test_the_table_says_what_it_left_out(capsys):
    assert main(["search", "--max-macs", "5G", "--limit", "3"]) == 0
    out = capsys.readouterr().out
    assert "; the first 3" in out
    assert "published at that image size" in out


def test_a_budget_that_cannot_be_met_says_what_comes_nearest(capsys):
    assert main(["search", "--max-macs", "1M"]) == 1
    out = capsys.readouterr().out
    assert "come nearest" in out
    assert "exceeded" in out
    assert main(["search", "--max-macs", "1M", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--max-macs 5X", "not a budget"),
        ("--max-memory 5", "not a budget"),
        ("--max-latency 3ms", "needs --machine"),
        ("--max-latency 3ms --machine rtx3090", "batches of 1024"),
        ("--min-top1 80", "fraction"),
        ("--limit 0", "--limit must be 1 or more"),
        ("--layers 0-8", "needs a FAMILY"),
        ("--machine rtx", "unknown machine"),
        ("ravit_cifar1 --max-macs 5M", "unknown RAViT"),
        ("ravit_cifar10 --layers x", "not a range"),
        ("ravit_cifar10 --sort macs", "--sort is for"),
        ("ravit_cifar10 --store nowhere.jsonl", "cannot read nowhere.jsonl"),
    ],
)
def test_bad_input_is_one_line(line, said, capsys):
    assert main(["search", *line.split()]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert len(err) <= 320


def test_layouts_of_a_family(capsys):
    pytest.importorskip("scipy")
    line = "search ravit_cifar10 --layers 0-8 --branches 1-3 --width 64-256 --max-macs 50M --max-loss 0.05"
    assert main(line.split()) == 0
    out = capsys.readouterr().out
    assert "of 20,475 layouts meet the budgets" in out
    assert "extrapolat" in out
    assert main([*line.split(), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(set(row) >= KEYS and row["macs"] <= 50e6 for row in rows)
    assert {row["extrapolated"] for row in rows} <= {True, False}
