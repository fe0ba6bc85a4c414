"""The map of latency as text and figure, from a document written by hand."""

from __future__ import annotations

import re

import pytest

from effbench.maps.latency_map import figure, text

NONE = dict.fromkeys(
    ("latency", "latency_low", "latency_high", "throughput", "throughput_low", "throughput_high", "reason")
)
MEASURED = {
    "status": "measured",
    "latency": 0.020,
    "latency_low": 0.019,
    "latency_high": 0.021,
    "throughput": 200.0,
    "throughput_low": None,
    "throughput_high": None,
}


def cell(row, col, **changes):
    return {"branch_1": row, "branch_2": col, "model": f"m:{row}-{col}", "cost": 5_000_000, **NONE, **changes}


@pytest.fixture
def document():
    return {
        "dataset": "cifar10",
        "row_branch": 1,
        "col_branch": 2,
        "fixed": {},
        "rows": [0, 1],
        "cols": [0, 1],
        "batch": 4,
        "device": "cpu",
        "dtype": "fp32",
        "mode": "eager",
        "threads": 1,
        "convention": "ravit",
        "unit": "FLOP",
        "baseline": {"model": "m:0-4", "cost": 9_000_000, **NONE, "status": "out_of_memory"},
        "cells": [
            {"branch_1": 0, "branch_2": 0, "model": None, "status": "no model", "cost": None},
            cell(0, 1, **MEASURED),
            cell(1, 0, status="out_of_memory", reason="no room"),
            cell(1, 1, **MEASURED),
        ],
        "conditions": {},
    }


def test_a_cell_is_its_time_and_half_its_interval(document):
    latency, throughput = text(document, "table").split("RAViT on cifar10: images/s")
    # (21 - 19) / 2 of 20 ms
    assert ["0", "20.00", "ms", "±5.0%"] in [line.split() for line in latency.splitlines()]
    assert ["1", "-", "20.00", "ms", "±5.0%"] in [line.split() for line in latency.splitlines()]
    assert ["1", "-", "200.0"] in [line.split() for line in throughput.splitlines()]


def test_what_was_not_measured_has_its_reason(document):
    out = text(document, "table")
    assert "1 of 4 cells out_of_memory: no room." in out
    assert "m:0-4: out_of_memory." in out


def test_three_maps_and_what_is_missing_hatched(document):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    images = figure(document)
    assert figure(document) == images
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", images["svg"].decode())
    assert {"latency of one image", "throughput at batch 4", "20.0", "±1.0", "200", "5.0 M"} <= set(texts)
    assert texts.count("-") == 2
