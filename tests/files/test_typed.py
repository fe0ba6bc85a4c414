"""Data as dataclasses: types are checked, and every mistake says where it is and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pytest

from effbench.errors import SpecError, UnknownName
from effbench.files.typed import typed


@dataclass(frozen=True)
class Inner:
    epochs: int


@dataclass(frozen=True)
class Outer:
    name: str
    kind: Literal["a", "b"] = "a"
    size: int | None = None
    rate: float = 0.0
    pairs: tuple[tuple[str, str], ...] = ()
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inner: Inner | None = None


def test_lists_and_tables_become_what_the_fields_are():
    table = {"name": "n", "rate": 1, "pairs": [["x", "y"]], "parts": {"p": ["q"]}, "inner": {"epochs": 3}}
    assert typed(Outer, table, "it") == Outer("n", "a", None, 1.0, (("x", "y"),), {"p": ("q",)}, Inner(3))
    assert typed(Outer, {"size": None}, "it", name="given") == Outer("given")


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({}, "it has no name"),
        ([], r"it must be a table, got \[\]"),
        ({"name": 3}, "it.name must be a text, got 3"),
        ({"name": "n", "kind": "c"}, "it.kind must be a or b, got 'c'"),
        ({"name": "n", "size": True}, "it.size must be a whole number, got True"),
        ({"name": "n", "rate": "1"}, "it.rate must be a number, got '1'"),
        ({"name": "n", "pairs": "xy"}, "it.pairs must be a list, got 'xy'"),
        ({"name": "n", "pairs": [["x"]]}, "it.pairs must be 2 values, got"),
        ({"name": "n", "parts": ["q"]}, "it.parts must be a table, got"),
        ({"name": "n", "parts": {"p": [1]}}, "it.parts.p must be a text, got 1"),
        ({"name": "n", "inner": {"epochs": 1.5}}, "it.inner.epochs must be a whole number, got 1.5"),
    ],
)
def test_a_mistake_says_where_it_is(table, problem):
    with pytest.raises(SpecError, match=problem):
        typed(Outer, table, "it")


def test_an_unknown_key_names_the_nearest_and_a_given_field_is_none():
    with pytest.raises(UnknownName, match="unknown key of it 'nam'; did you mean name"):
        typed(Outer, {"nam": "n"}, "it")
    with pytest.raises(UnknownName, match="unknown key of it 'name'"):
        typed(Outer, {"name": "n"}, "it", name="given")


def test_an_error_may_begin_otherwise_than_with_the_place():
    with pytest.raises(SpecError, match=r"^name must be a text"):
        typed(Outer, {"name": 3}, "it", prefix="")


@dataclass(frozen=True)
class Sides:
    size: int | tuple[int, int] | None = None


@pytest.mark.parametrize(("given", "held"), [(None, None), (224, 224), ([224, 320], (224, 320))])
def test_a_field_of_several_types_takes_each(given, held):
    assert typed(Sides, {"size": given}, "a test").size == held


def test_a_field_of_several_types_refuses_others():
    with pytest.raises(SpecError, match=r"a test.size must be a whole number, got 'x'"):
        typed(Sides, {"size": "x"}, "a test")
