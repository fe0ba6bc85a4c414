"""The committed maps of trained networks are what their command makes of the committed stores."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from effbench.cli import main
from effbench.training.sweep.store import Results, read

pytest.importorskip("scipy")

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "reports" / "sweeps").glob("*/results.jsonl"))
COMMAND = "effbench heatmap --dataset {0} --metric accuracy --out reports/sweeps/{0}"

MAPPED = [folder for folder in FOLDERS if (folder / "heatmap_accuracy.json").is_file()]
"""Stores of which a map is committed; others hold single networks."""

every_map = pytest.mark.parametrize("folder", MAPPED, ids=lambda path: path.name)
every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)


def made(folder, style, tmp_path):
    """The command's text, run in the root of the repository."""
    output = tmp_path / "map"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        line = ["heatmap", "--dataset", folder.name, "--metric", "accuracy", "--format", style, "--output", str(output)]
        assert main(line) == 0
    return output.read_text(encoding="utf-8")


def rounded(value):
    """Numbers to nine digits: the last ones depend on the libraries' versions."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


@every_map
def test_the_numbers_are_those_of_the_store(folder, tmp_path):
    committed = (folder / "heatmap_accuracy.json").read_text(encoding="utf-8")
    assert rounded(json.loads(made(folder, "json", tmp_path))) == rounded(json.loads(committed))


@every_map
def test_the_csv_has_the_same_cells(folder, tmp_path):
    with (folder / "heatmap_accuracy.csv").open(encoding="utf-8", newline="") as stream:
        committed = list(csv.DictReader(stream))
    ours = list(csv.DictReader(made(folder, "csv", tmp_path).splitlines()))
    names = ("model", "status", "seeds", "right", "images", "cost", "frontier")
    assert [[row[name] for name in names] for row in committed] == [[row[name] for name in names] for row in ours]


@every_map
def test_both_figures_are_there_and_their_command_is_told(folder):
    assert (folder / "heatmap_accuracy.png").read_bytes().startswith(b"\x89PNG")
    assert b"top-1 accuracy" in (folder / "heatmap_accuracy.svg").read_bytes()
    assert COMMAND.format(folder.name) in (folder / "README.md").read_text(encoding="utf-8")


@every_folder
def test_no_training_was_done_twice(folder):
    assert Results(read(folder / "results.jsonl")).duplicates == []


@pytest.mark.skipif(
    not any(path.name == "textures" for path in FOLDERS), reason="no sweep on textures is committed yet"
)
def test_textures_has_five_by_five_cells_of_three_seeds_and_none_missing():
    found = json.loads((ROOT / "reports" / "sweeps" / "textures" / "heatmap_accuracy.json").read_text(encoding="utf-8"))
    assert len(found["rows"]) >= 5
    assert len(found["cols"]) >= 5
    assert all(len(cell["seeds"]) >= 3 for cell in found["cells"] if cell["status"] != "no model")
