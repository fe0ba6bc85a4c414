"""The map of trained networks: what JSON holds of a network, what people read, and what is drawn."""

from __future__ import annotations

import re

import pytest

from effbench.claims.orderings import Ordering
from effbench.cost.convention import convention
from effbench.maps.accuracy import accuracy_map
from effbench.maps.figure import draw
from effbench.maps.flops import Stored
from effbench.maps.grid import trained_grid
from effbench.maps.selection import read_trainings, select

pytest.importorskip("scipy")

STEADY = {"0-1": [60, 62], "1-0": [50, 52], "1-1": [61, 63], "0-2": [58, 60]}
"""Seeds 2 points apart everywhere: s = √2 points with 4 degrees of freedom, t(0.975; 4) · s / √2 = 2.776 points."""


def statement(*pairs, said="it is so", relation="greater"):
    return Ordering(
        paper="ravit", id="a", where="Section V-A", said=said, dataset="cifar10", relation=relation, pairs=pairs
    )


@pytest.fixture
def made(trained_store):
    """``made(runs)``: the map of a store with these runs and what is in it already."""

    def make(runs, *statements, exit="last", dataset="textures", **options):
        selected = select(read_trainings(trained_store(runs, dataset=dataset, **options), dataset))
        grid = trained_grid(selected, convention("ravit"), exit=exit)
        stored = Stored(store="runs/results.jsonl", selected=selected, grid=grid)
        return accuracy_map(stored, statements, {})

    return make


def row(found, name):
    """The row of that network."""
    (one,) = (row for row in found.rows if f"{row['branch_1']}-{row['branch_2']}" == name)
    return one


def test_a_cell_is_its_mean_its_interval_and_its_mark(made):
    lines = [line.split() for line in made(STEADY).text("table").splitlines()]
    # 1-1 beats 0-1 by 1 point, which is less than 3.9; 0-2 is 2 points below it.
    assert ["0", "61.0", "±2.8*", "59.0", "±2.8~"] in lines
    assert ["1", "51.0", "±2.8*", "62.0", "±2.8*", "-"] in lines


def test_one_seed_has_no_interval(made):
    found = made({"0-1": [60], "1-0": [50]})
    assert "±" not in found.text("table").partition("* no cheaper")[0]
    assert "No cell has two seeds" in found.text("table")
    one = row(found, "0-1")
    assert (one["accuracy"], one["half_width"], one["low"], one["own_low"]) == (0.6, None, None, None)
    assert one["images_low"] == pytest.approx(0.5020, abs=1e-4)  # Wilson, 60 of 100
    assert found.document["seed_deviation"] is None


def test_intervals_stay_within_0_and_1(made):
    one = row(made({"0-1": [99, 100], "1-0": [50, 60]}), "0-1")
    assert (one["high"], one["own_high"]) == (1.0, 1.0)
    assert one["low"] < one["own_low"] + one["half_width"]


def test_a_row_holds_every_seed(made):
    one = row(made({"1-3": [60, None, 62]}), "1-3")
    assert (one["seeds"], one["right"], one["images"], one["failed_seeds"]) == ((0, 2), (60, 62), 100, (1,))
    assert (one["frontier"], one["within_noise_of_frontier"], one["published_percent"]) == (True, False, None)


def test_what_is_missing_failed_and_elsewhere_is_said(made):
    made({"1-1": [90]}, model="ravit_cifar10:{}")
    out = made({"1-1": [60], "2-2": [70], "1-2": [None]}).text("table")
    assert "1 of 4 cells not trained yet (-): 2-1." in out
    assert "1 runs failed: ravit_cifar10:1-2,width=64, seed 0 (the loss is NaN)." in out
    assert "Trained by another recipe, and not on this map: 1 networks of a_sweep (--experiment a_sweep)." in out
    assert "Trained: 2 with 1 seed." in out
    assert "Runs: a_sweep, from runs/results.jsonl." in out


def test_plain_vits_are_told_from_what_is_no_network_of_the_map(made):
    made({"1-3": [60]})
    made({"4": [60]}, model="vit_cifar10:{},width=32")
    out = made({"4": [60]}, model="vit_cifar10:{},width=64").text("table")
    assert "Trained as plain ViTs, which are layers of the last branch alone: vit_cifar10:4,width=64." in out
    assert "Not on the map: vit_cifar10:4,width=32." in out


def test_a_long_list_is_cut_and_counted(made):
    out = made({"1-1": [*[None] * 11, 60]}).text("table")
    assert out.count("(the loss is NaN)") == 8
    assert "11 runs failed: " in out
    assert " and 3 more." in out


def test_a_statement_is_a_line_with_its_difference(made):
    runs = {"1-3": [80, 84], "0-4": [70, 72]}
    out = made(runs, statement(("1-3", "0-4"))).text("table")
    (line,) = (line for line in out.splitlines() if line.startswith("Section V-A, cifar10"))
    # Differences of 10 and 12 points: ± 12.706 · √2 / √2.
    assert re.split(r"\s{2,}", line.strip()) == [
        "Section V-A, cifar10",
        "it is so",
        "1",
        "undecided",
        "+11.00 (-1.71 .. +23.71)",
        "0 of 1",
        "0.81",
    ]


def test_of_many_pairs_the_mean_decides_and_the_contrary_is_counted(made):
    runs = {"1-1": [80, 80, 80], "0-1": [70, 70, 70], "1-2": [76, 76, 76], "0-2": [77, 77, 77]}
    out = made(runs, statement(("1-n", "0-n"))).text("table")
    assert "holds here, on average" in out
    assert "1 of 2, 1 against" in out


def test_statements_that_were_not_trained_are_named_below(made):
    runs = {"1-3": [80, 81], "0-4": [70, 71]}
    out = made(runs, statement(("1-3", "0-4")), statement(("2-7", "0-9"), said="another")).text("table")
    assert "Not judged, as the networks were not trained: another." in out
    assert "What the paper says" not in made(runs, statement(("2-7", "0-9"))).text("table")


@pytest.mark.parametrize(
    ("dataset", "note"), [("textures", "neither confirms nor refutes"), ("cifar10", "the recipe is")]
)
def test_a_verdict_says_whose_data_it_is_about(made, dataset, note):
    assert note in made({"1-3": [80], "0-4": [70]}, statement(("1-3", "0-4")), dataset=dataset).text("table")


def test_an_earlier_exit_is_named_and_has_files_of_its_own(made):
    found = made({"1-3": [80], "0-4": [70]}, exit=1)
    assert "accuracy in % at the exit of branch 1" in found.text("table")
    assert "2 of 4 cells without that exit: 0-3, 0-4." in found.text("table")
    assert found.stem == "heatmap_accuracy_exit1"


def test_the_figure_has_both_maps_and_marks_the_same_networks(made):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    svg = draw(made(STEADY))["svg"].decode()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"RAViT on textures", "top-1 accuracy, last exit", "mean of 2 seeds ± 95% interval"} <= set(texts)
    assert {"100 % = ravit_cifar10:0-4,width=64", "61.0", "±2.8 ~", "-"} <= set(texts)
    frames = re.findall(r"stroke: (?:#ffffff|#000000); stroke-width: 1.8", svg)
    assert len(frames) == 6  # three networks on each map
