"""Maps read back from JSON: drawn as they were drawn when they were made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from effbench.claims.load import paper
from effbench.cost.convention import convention
from effbench.errors import EffbenchError
from effbench.maps.accuracy import accuracy_map
from effbench.maps.flops import Stored, paper_map, stored_map
from effbench.maps.grid import trained_grid
from effbench.maps.latency import Setting, Timing, latency_map
from effbench.maps.paper import paper_grid
from effbench.maps.record import read_map
from effbench.maps.selection import read_trainings, select
from effbench.processes.environment import Conditions

pytest.importorskip("scipy")


@pytest.fixture
def stored(trained_store):
    path = trained_store({"1-0": [50, 52], "0-1": [60, 62], "1-1": [61, 63], "0-2": [None]})
    selected = select(read_trainings(path, "textures"))
    return Stored(store="a.jsonl", selected=selected, grid=trained_grid(selected, convention("ravit")))


@pytest.fixture
def timed():
    one = Timing(
        status="measured",
        reason=None,
        latency=0.02,
        latency_low=0.019,
        latency_high=0.021,
        throughput=200.0,
        throughput_low=None,
        throughput_high=None,
        processes=2,
    )
    grid = paper_grid("tiny-imagenet", convention("macs"), max_layers=1)
    models = [grid.baseline.model, *(cell.model for cell in grid.cells)]
    setting = Setting(batch=4, device="cpu", dtype="fp32", mode="eager", threads=1)
    return latency_map(grid, setting, dict.fromkeys(models, one), Conditions(**NOTHING))


NOTHING = {"machine": "m", "cpu": "a CPU", "accelerator": None, "cores": 2, "memory_bytes": None, "system": "Linux"}
NOTHING |= {"libraries": {"torch": "2"}, "commit": None, "dirty": None, "load": 0.0}


def kept(made, folder: Path) -> Path:
    """The JSON file of a map."""
    (folder / f"{made.stem}.json").write_text(made.text("json"), encoding="utf-8")
    return folder / f"{made.stem}.json"


def test_a_map_of_accuracy_comes_back(stored, tmp_path):
    made = accuracy_map(stored, paper("ravit").orderings, {})
    found = read_map(kept(made, tmp_path))
    assert (found.panels, found.title, found.stem) == (tuple(made.panels), made.title, made.stem)
    assert found.how == "a_sweep; exit last; store a.jsonl"
    assert found.text("json") == made.text("json")


def test_a_map_of_latency_comes_back(timed, tmp_path):
    found = read_map(kept(timed, tmp_path))
    assert (found.panels, found.title, found.grid.axes) == (tuple(timed.panels), timed.title, timed.grid.axes)
    assert found.how == "a CPU, cpu, fp32, eager, 1 thread(s)"
    assert found.text("csv") == timed.text("csv")


def test_a_map_of_cost_alone_is_left_to_the_formulas(stored, tmp_path):
    assert read_map(kept(stored_map(stored), tmp_path)) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.clear(),
        lambda document: document.update(metric="speed"),
        lambda document: document.update(rows=[0, 1, 2]),
        lambda document: document.update(rows=[0]),
        lambda document: document["cells"].reverse(),
        lambda document: document["cells"][1].pop("accuracy"),
        lambda document: document.pop("level"),
        lambda document: document.update(cells=7),
    ],
)
def test_a_file_that_is_not_a_map_is_named(stored, tmp_path, change):
    path = kept(accuracy_map(stored, (), {}), tmp_path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(EffbenchError, match="is not a map written by effbench heatmap") as caught:
        read_map(path)
    assert str(path) in str(caught.value)


def test_the_paper_s_map_has_no_cells_to_read_back(tmp_path):
    with pytest.raises(EffbenchError, match="is not a map"):
        read_map(kept(paper_map(paper_grid("cifar10", convention("ravit"), max_layers=1)), tmp_path))
