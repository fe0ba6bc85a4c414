"""Rows as plain values."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from effbench.render.plain import plain
from effbench.render.table import Column, of, render


@dataclass(frozen=True)
class Exit:
    name: str
    macs: int | None


@dataclass(frozen=True)
class Network:
    name: str
    exits: tuple[Exit, ...]


@dataclass(frozen=True)
class Named:
    values: tuple[tuple[str, int], ...]

    def plain(self):
        return dict(self.values)


COLUMNS: list[Column[Exit]] = [of("exit", lambda row: row.name), of("MACs", lambda row: row.macs, "{:,}".format)]


def test_dataclasses_are_rows_of_every_format():
    rows = [Exit("first", 1234), Exit("last", None)]
    assert json.loads(render(rows, COLUMNS, "json")) == [
        {"name": "first", "macs": 1234},
        {"name": "last", "macs": None},
    ]
    assert render(rows, COLUMNS, "csv") == "name,macs\nfirst,1234\nlast,\n"
    assert render(rows, COLUMNS, "table").splitlines()[-2:] == ["first   1,234", "last    -"]


def test_a_dataclass_within_a_row_is_plain_in_json():
    (row,) = json.loads(render([Network("a", (Exit("first", 1),))], [], "json"))
    assert row == {"name": "a", "exits": [{"name": "first", "macs": 1}]}


def test_a_row_may_say_its_own_names():
    assert render([Named((("b1", 1), ("b2", 2)))], [], "csv") == "b1,b2\n1,2\n"


def test_other_things_are_no_rows():
    with pytest.raises(TypeError, match="int is no row"):
        plain(3)
