from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from effbench.errors import EffbenchError
from effbench.report.data.measured_maps import documents, measured_map_rows

CELL: dict[str, Any] = {"model": "ravit_cifar10:1-1", "status": "trained", "accuracy": 0.75, "low": 0.7, "high": 0.8}

MAP: dict[str, Any] = {
    "metric": "accuracy",
    "dataset": "digits",
    "store": "reports/sweeps/digits/results.jsonl",
    "experiments": ["small"],
    "exit": "last",
    "row_branch": 1,
    "col_branch": 2,
    "fixed": {},
    "rows": [1],
    "cols": [1, 2],
    "convention": "ravit",
    "unit": "FLOP",
    "baseline": "ravit_cifar10:0-4",
    "cells": [CELL | {"seeds": [0, 1], "right": [75, 75]}, CELL | {"accuracy": None, "status": "missing"}],
}


def write(root: Path, document: Any, name: str = "heatmap_accuracy.json") -> Path:
    folder = root / "reports" / "sweeps" / "digits"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder / name


def test_a_map_keeps_its_axes_and_what_is_shown_of_its_cells(tmp_path: Path) -> None:
    write(tmp_path, MAP)
    (row,) = measured_map_rows(tmp_path)
    assert [[cell["accuracy"] for cell in line] for line in row["cells"]] == [[0.75, None]]
    assert row["cells"][0][0]["seeds"] == [0, 1]
    assert "right" not in row["cells"][0][0]
    assert (row["file"], row["baseline"]) == ("reports/sweeps/digits/heatmap_accuracy.json", "ravit_cifar10:0-4")
    assert "small" in row["how"]


def test_latency_says_on_what(tmp_path: Path) -> None:
    about = {"metric": "latency", "device": "cpu", "dtype": "fp32", "mode": "eager", "threads": 1}
    base = {"model": "vit_cifar10:4"}
    write(tmp_path, MAP | about | {"baseline": base, "conditions": {"accelerator": None, "cpu": "a CPU"}})
    (row,) = measured_map_rows(tmp_path)
    assert row["how"] == "a CPU, cpu, fp32, eager, 1 thread(s)"
    assert row["baseline"] == "vit_cifar10:4"


def test_a_map_of_cost_alone_is_left_to_the_formulas(tmp_path: Path) -> None:
    write(tmp_path, MAP | {"metric": "flops"})
    assert documents(tmp_path) == []


@pytest.mark.parametrize("content", [[], {}, {"metric": "accuracy"}, MAP | {"rows": [1, 2, 3]}, 7])
def test_a_file_that_is_no_map_is_named(tmp_path: Path, content: Any) -> None:
    path = write(tmp_path, content)
    with pytest.raises(EffbenchError, match="is no map of effbench heatmap") as caught:
        documents(tmp_path)
    assert str(path) in str(caught.value)
