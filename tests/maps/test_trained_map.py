"""The map of trained networks as text and figure, from a document written by hand."""

from __future__ import annotations

import re

import pytest

from effbench.maps.trained_map import figure, text

NO_NUMBERS = dict.fromkeys(
    ("accuracy", "half_width", "low", "high", "own_low", "own_high", "images_low", "images_high", "published_percent")
)
PLAIN = {"frontier": False, "within_noise_of_frontier": False, "seeds": [], "images": None}


def cell(row, col, status="trained", **changes):
    cost = None if status == "no model" else 1_000_000 * (row + 4 * col)
    known = {"branch_1": row, "branch_2": col, "model": f"m:{row}-{col}", "status": status, "cost": cost}
    percent = None if cost is None else cost / 160_000
    return {**NO_NUMBERS, **PLAIN, **known, "percent_of_baseline": percent, **changes}


def trained(row, col, accuracy, **changes):
    numbers = {"accuracy": accuracy, "half_width": 0.012, "images_low": accuracy - 0.03, "images_high": accuracy + 0.03}
    return cell(row, col, seeds=[0, 1, 2], images=1000, **numbers, **changes)


@pytest.fixture
def document():
    return {
        "metric": "accuracy",
        "dataset": "textures",
        "store": "runs/results.jsonl",
        "experiments": ["a_sweep"],
        "exit": "last",
        "row_branch": 1,
        "col_branch": 2,
        "fixed": {},
        "rows": [0, 1],
        "cols": [0, 1, 2],
        "convention": "ravit",
        "unit": "FLOP",
        "baseline": "m:0-4",
        "baseline_value": 16_000_000,
        "level": 0.95,
        "no_gain_below": 0.005,
        "seed_deviation": {"accuracy": 0.01, "freedom": 8},
        "cells": [
            cell(0, 0, "no model"),
            trained(0, 1, 0.6851, frontier=True),
            cell(0, 2, "failed"),
            trained(1, 0, 0.55, frontier=True),
            trained(1, 1, 0.68, within_noise_of_frontier=True),
            cell(1, 2, "missing"),
        ],
        "failed": [{"model": "m:0-2", "seed": 0, "reason": "the loss is NaN"}],
        "not_on_the_map": {"runs": 2, "models": ["vit_cifar10:4"], "other_recipes": {"long": 3}},
        "trained_as_plain_vit": [],
        "statements": [],
    }


def statement(outcome, *pairs, low=-0.01, high=0.03):
    return {
        "where": "Section V-A",
        "of_dataset": "cifar10",
        "said": f"it is {outcome}",
        "outcome": outcome,
        "difference": 0.01 if pairs else None,
        "low": low if pairs else None,
        "high": high if pairs else None,
        "pairs": [{"cost_ratio": 0.8116, "outcome": told} for told in pairs],
        "pairs_holding": pairs.count("holds here"),
        "pairs_against": pairs.count("does not hold here"),
        "untrained": [],
    }


def test_a_cell_is_its_mean_its_interval_and_its_mark(document):
    lines = [line.split() for line in text(document, "table").splitlines()]
    assert ["0", "68.5", "±1.2*", "failed"] in lines
    assert ["1", "55.0", "±1.2*", "68.0", "±1.2~", "-"] in lines


def test_one_seed_has_no_interval(document):
    document["seed_deviation"] = None
    document["cells"] = [one | {"half_width": None} for one in document["cells"]]
    out = text(document, "table")
    assert "±" not in out.partition("* no cheaper")[0]
    assert "No cell has two seeds" in out


def test_what_is_missing_failed_and_elsewhere_is_said(document):
    out = text(document, "table")
    assert "1 of 6 cells not trained yet (-): 1-2." in out
    assert "1 runs failed: m:0-2, seed 0 (the loss is NaN)." in out
    assert "2 runs have layers that are not on this map." in out
    assert "Trained by another recipe, and not on this map: 3 networks of long (--experiment long)." in out
    assert "Not on the map: vit_cifar10:4." in out


def test_a_long_list_is_cut_and_counted(document):
    document["failed"] = [{"model": f"m{n}", "seed": 0, "reason": "no memory"} for n in range(11)]
    assert "m7, seed 0 (no memory) and 3 more." in text(document, "table")


def test_a_statement_is_a_line_with_its_difference(document):
    document["statements"] = [statement("undecided", "undecided")]
    out = text(document, "table")
    (line,) = (line for line in out.splitlines() if line.startswith("Section V-A, cifar10"))
    assert re.split(r"\s{2,}", line.strip()) == [
        "Section V-A, cifar10",
        "it is undecided",
        "undecided",
        "+1.00 (-1.00 .. +3.00)",
        "0 of 1",
        "0.81",
    ]


def test_of_many_pairs_the_mean_decides_and_the_contrary_is_counted(document):
    document["statements"] = [statement("holds here", "holds here", "does not hold here", "undecided")]
    out = text(document, "table")
    assert "holds here, on average" in out
    assert "1 of 3, 1 against" in out
    document["statements"] = [statement("undecided", "holds here", "undecided")]
    assert "on average" not in text(document, "table")


def test_statements_that_were_not_trained_are_named_below(document):
    document["statements"] = [statement("undecided", "undecided"), statement("not trained")]
    out = text(document, "table")
    assert "Not judged, as the networks were not trained: it is not trained." in out
    document["statements"] = [statement("not trained")]
    assert "What the paper says" not in text(document, "table")


def test_the_figure_has_both_maps_and_marks_the_same_networks(document):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    images = figure(document)
    assert set(images) == {"png", "svg"}
    drawn = images["svg"].decode()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert {"RAViT on textures", "top-1 accuracy, last exit", "100 % = m:0-4", "68.5", "±1.2 ~", "failed"} <= set(texts)
    assert len(re.findall(r"stroke: #ffffff; stroke-width: 2\.2", drawn)) == 4  # two cells on each map
    assert figure(document) == images


def test_a_map_without_one_accuracy_is_drawn_all_the_same(document):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    missing = [cell(one["branch_1"], one["branch_2"], "missing") for one in document["cells"]]
    assert figure(document | {"cells": missing, "seed_deviation": None})["png"].startswith(b"\x89PNG")
    assert "Trained: no cell." in text(document | {"cells": missing, "seed_deviation": None}, "table")
