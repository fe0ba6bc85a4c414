"""Jobs of a map of latency, and the map that is made of what they gave."""

from __future__ import annotations

import re

import pytest

from effbench.cost.convention import convention
from effbench.maps.figure import draw
from effbench.maps.grid import trained_grid
from effbench.maps.latency import Setting, Timing, latency_map, timings
from effbench.maps.paper import paper_grid
from effbench.maps.selection import read_trainings, select
from effbench.profiling.rows import Row

RAVIT = convention("ravit")
SMALL = paper_grid("cifar10", RAVIT, max_layers=1)
MODELS = ["vit_cifar10:4", "ravit_cifar10:0-1", "ravit_cifar10:1-0", "ravit_cifar10:1-1"]


def setting(batch=4):
    return Setting(batch=batch, device="cpu", dtype="fp32", mode="eager", threads=1)


def timing(status="measured", reason=None, latency=0.020, throughput=200.0):
    return Timing(
        status=status,
        reason=reason,
        latency=latency,
        latency_low=latency and latency - 0.001,
        latency_high=latency and latency + 0.001,
        throughput=throughput,
        throughput_low=None,
        throughput_high=None,
        processes=2,
    )


@pytest.fixture
def made():
    """A network and the baseline were not measured."""
    failed = timing("out_of_memory", "no room", None, None)
    return latency_map(SMALL, setting(), dict(zip(MODELS, [failed, timing(), failed, timing()], strict=True)), None)


def test_every_network_and_the_baseline_with_one_image_and_with_many():
    jobs = [(job.model, job.batch) for job in setting(8).jobs(SMALL, None)]
    assert jobs == [(model, batch) for model in MODELS for batch in (1, 8)]


def test_one_image_is_measured_once():
    assert [job.batch for job in setting(1).jobs(SMALL, None)] == [1, 1, 1, 1]


def test_a_baseline_on_the_map_is_measured_once_at_the_size_of_the_store(trained_store):
    path = trained_store({"0-4": [60], "1-4": [70]})
    jobs = setting(1).jobs(trained_grid(select(read_trainings(path, "textures")), RAVIT), 64)
    names = ["ravit_cifar10:0-4,width=64", "ravit_cifar10:1-4,width=64"]
    assert [(job.model, job.size) for job in jobs] == [(name, 64) for name in names]


def test_what_was_not_measured_has_its_reason_and_its_cost():
    rows = [Row(job=job, wanted=1, key="") for job in setting().jobs(SMALL, None)]
    for row in rows:
        row.fail("not_measured", "interrupted")
    made = latency_map(SMALL, setting(), timings(rows, 4), None)
    nothing, first, _, last = made.rows
    assert (nothing["status"], nothing["model"], nothing["cost"], nothing["cost_percent"]) == (
        "no model",
        None,
        None,
        None,
    )
    assert (first["status"], first["reason"], first["latency"]) == ("not_measured", "interrupted", None)
    cost = SMALL.cells[3].cost
    assert (last["branch_1"], last["branch_2"], last["cost"]) == (1, 1, cost)
    assert last["cost_percent"] == pytest.approx(SMALL.percent(cost))
    assert made.document["batch"] == 4
    assert made.document["baseline"]["status"] == "not_measured"


def test_a_cell_is_its_time_and_half_its_interval(made):
    latency, throughput = made.text("table").split("RAViT on cifar10: images/s")
    # (21 - 19) / 2 of 20 ms
    assert ["0", "20.00", "ms", "±5.0%"] in [line.split() for line in latency.splitlines()]
    assert ["1", "-", "20.00", "ms", "±5.0%"] in [line.split() for line in latency.splitlines()]
    assert ["1", "-", "200.0"] in [line.split() for line in throughput.splitlines()]


def test_the_tables_say_what_was_not_measured_and_why(made):
    assert "1 of 4 cells out_of_memory: no room." in made.text("table")
    assert "vit_cifar10:4: out_of_memory." in made.text("table")


def test_three_maps_and_what_is_missing_hatched(made):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    svg = draw(made)["svg"].decode()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"latency of one image", "throughput at batch 4", "cpu, fp32, eager", "20.0", "±1.0", "200"} <= set(texts)
    assert {"FLOPs of one image (ravit)", "6.8 M"} <= set(texts)
    assert (texts.count("-"), len(re.findall("<pattern", svg))) == (2, 1)
