"""Maps as tables: one branch down and another across, and how each number is shown."""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention
from effbench.maps.flops import cost_layer, paper_map
from effbench.maps.layer_map import EMPTY, HATCHED, QUANTITIES, WORDS, Layer, Value
from effbench.maps.paper import paper_grid

GRID = paper_grid("tiny-imagenet", convention("ravit"), max_layers=1)


def test_the_table_has_layers_along_both_sides():
    title, _, head, _, first, second, _, note = paper_map(GRID).text("table").splitlines()
    assert title == (
        "RAViT on tiny-imagenet: FLOPs by layers in branch 1 (down) and branch 2 (across), 3 layers in branch 3"
    )
    assert head.split() == ["branch", "1", "\\", "2", "0", "1"]
    assert (first.split()[0], second.split()[0]) == ("0", "1")
    assert note.startswith("* cheaper than vit_tiny_imagenet:4 (")


def test_a_row_of_the_paper_s_map_is_flat_with_the_axes_first():
    made = paper_map(paper_grid("imagenet", convention("ravit"), fixed={1: 2}, max_layers=1))
    network = made.grid.cells[1]
    assert made.rows[1] == {
        "branch_2": 0,
        "branch_3": 1,
        "branch_1": 2,
        "model": "ravit_imagenet:2-0-1",
        "convention": "ravit",
        "value": network.cost,
        "unit": "FLOP",
        "percent_of_baseline": made.grid.percent(network.cost),
    }


@pytest.mark.parametrize(
    ("name", "value", "table", "drawn"),
    [
        ("cost", Value(value=1_234_567, percent=81.16, mark="*"), "1.23 M 81.2%*", "1.2 M\n81.2 %"),
        ("cost", Value(value=1_234_567, percent=110.0), "1.23 M 110.0% ", "1.2 M\n110.0 %"),
        ("accuracy", Value(value=0.6851, half=0.012, mark="*"), "68.5 ±1.2*", "68.5\n±1.2"),
        ("accuracy", Value(value=0.6851, half=0.012, mark="~"), "68.5 ±1.2~", "68.5\n±1.2 ~"),
        ("accuracy", Value(value=0.6851), "68.5 ", "68.5"),
        ("latency", Value(value=0.020, half=0.001), "20.00 ms ±5.0%", "20.0\n±1.0"),
        ("throughput", Value(value=200.0), "200.0", "200"),
    ],
)
def test_a_number_is_shown_with_its_interval_and_its_mark(name, value, table, drawn):
    layer = Layer(name=name, values=[value])
    assert (layer.text(value), layer.drawn(value)) == (table, drawn)


@pytest.mark.parametrize("status", WORDS)
def test_what_has_no_number_says_why(status):
    layer, value = Layer(name="accuracy", values=[]), Value(status=status)
    assert layer.text(value) == layer.drawn(value) == WORDS[status]


def test_where_there_is_no_network_the_layer_says_what_stands_there():
    assert Layer(name="cost", values=[EMPTY], nothing="-").text(EMPTY) == "-"
    layer = Layer(name="cost", values=[EMPTY])
    assert layer.text(EMPTY) == layer.drawn(EMPTY) == ""


def test_what_costs_less_than_the_baseline_is_marked():
    marked = [value.mark == "*" for value in cost_layer(GRID).values]
    assert marked == [0 < cell.cost < GRID.baseline.cost for cell in GRID.cells]


def test_every_hatched_status_has_a_word_and_every_quantity_a_unit():
    assert set(HATCHED) <= set(WORDS)
    assert [name for name, quantity in QUANTITIES.items() if not quantity.unit] == ["cost"]
