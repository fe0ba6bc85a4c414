"""Jobs of a map of latency, and the document that is made of what they gave."""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention
from effbench.maps.latency_grid import as_layer_grid, jobs, latency_document
from effbench.maps.layer_grid import layer_grid
from effbench.maps.trained_grid import trained_grid
from effbench.maps.trained_runs import read_runs, select
from effbench.profiling.rows import Row

RAVIT = convention("ravit")
HOW = {"size": None, "device": "cpu", "dtype": "fp32", "mode": "eager", "threads": 1}
SMALL = layer_grid("cifar10", RAVIT, max_layers=1)


def test_every_network_and_the_baseline_with_one_image_and_with_many():
    made = [(job.model, job.batch) for job in jobs(SMALL, 8, HOW)]
    models = ["vit_cifar10:4", "ravit_cifar10:0-1", "ravit_cifar10:1-0", "ravit_cifar10:1-1"]
    assert made == [(model, batch) for model in models for batch in (1, 8)]


def test_one_image_is_measured_once():
    assert [job.batch for job in jobs(SMALL, 1, HOW)] == [1, 1, 1, 1]


def test_a_baseline_on_the_map_is_measured_once(trained_store):
    path = trained_store({"0-4": [60], "1-4": [70]})
    grid = as_layer_grid(trained_grid(select(read_runs(path, "textures")), RAVIT))
    names = [job.model for job in jobs(grid, 1, HOW)]
    assert names == ["ravit_cifar10:0-4,width=64", "ravit_cifar10:1-4,width=64"]


def test_a_trained_map_keeps_its_costs(trained_store):
    trained = trained_grid(select(read_runs(trained_store({"0-4": [60], "1-0": [70]}), "textures")), RAVIT)
    grid = as_layer_grid(trained)
    assert [list(line) for line in grid.values] == [[cell.cost for cell in line] for line in trained.cells]
    assert (grid.names[0][0], grid.baseline, grid.percent(0, 1)) == (None, "ravit_cifar10:0-4,width=64", 100)


def test_what_was_not_measured_has_its_reason_and_its_cost():
    rows = [Row(job=job, wanted=1, key="") for job in jobs(SMALL, 4, HOW)]
    for row in rows:
        row.fail("not_measured", "interrupted")
    document = latency_document(SMALL, 4, rows, {})
    nothing, first, _, last = document["cells"]
    assert (nothing["status"], nothing["model"], nothing["cost"]) == ("no model", None, None)
    assert (first["status"], first["reason"], first["latency"]) == ("not_measured", "interrupted", None)
    assert (last["branch_1"], last["branch_2"], last["cost"]) == (1, 1, SMALL.values[1][1])
    assert last["cost_percent"] == pytest.approx(100 * SMALL.values[1][1] / SMALL.baseline_value)
    assert document["batch"] == 4
