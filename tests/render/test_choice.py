"""What a user chooses of a table is the same in every format."""

from __future__ import annotations

import json

import pytest

from effbench.errors import EffbenchError, UnknownName
from effbench.render.choice import Choice, choosing, names_of
from effbench.render.formats import FORMATS
from effbench.render.table import Quantity, of, render

ROWS = [
    {"model": "a", "value": 30, "unit": "MAC", "params": 2, "uncounted": 1},
    {"model": "b", "value": 4, "unit": "MAC", "params": 3, "uncounted": 0},
    {"model": "c", "value": None, "unit": "MAC", "params": 1, "uncounted": 0},
]
COLUMNS = [
    of("model", lambda row: row["model"]),
    of("cost", lambda row: row["value"], key="value", also=("macs",), quantity=Quantity(lambda row: row["value"])),
    of("params", lambda row: row["params"], quantity=Quantity(lambda row: row["params"])),
    of("peak activations", lambda row: "5 B"),
    of("peak measured", lambda row: "6 B"),
]


def table(style: str = "csv", **chosen) -> str:
    with choosing(Choice(**chosen)):
        return render(ROWS, COLUMNS, style)


def test_columns_come_in_the_order_asked_for_with_what_a_value_needs():
    assert table(columns=("macs", "model")).splitlines()[:2] == ["value,model,unit,uncounted", "30,a,MAC,1"]


@pytest.mark.parametrize(("sort", "order"), [("macs", "bac"), ("-macs", "abc"), ("params", "cab"), ("-model", "cba")])
def test_rows_are_sorted_and_what_is_missing_is_last(sort, order):
    assert [row["model"] for row in json.loads(table("json", sort=sort))] == list(order)


@pytest.mark.parametrize("style", FORMATS)
def test_names_and_columns_are_those_chosen_in_every_format(style):
    text = table(style, names={"a": "Ours (new)"}, columns=("model", "params"), sort="-params")
    assert "Ours (new)" in text
    assert "peak" not in text
    assert text.index("Ours") < text.rindex("c")


def test_a_word_may_be_the_beginning_of_one_head():
    assert "5 B" in table("table", columns=("peak_a",))
    with pytest.raises(EffbenchError, match="may be peak_activations or peak_measured"):
        table(columns=("peak",))
    with pytest.raises(UnknownName, match="unknown column 'prams'; did you mean params"):
        table(columns=("prams",))


@pytest.mark.parametrize("pair", ["ours", "=ours", "a="])
def test_a_name_needs_both_sides(pair):
    with pytest.raises(EffbenchError, match="--names takes MODEL=NAME"):
        names_of([pair])


def test_a_model_with_arguments_may_be_named():
    assert names_of(["vit:depth=3=Ours"]) == {"vit:depth=3": "Ours"}
