"""Recipe files and changes to them. No torch."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError, SpecError
from effbench.training.loop.recipe_file import changed, read_table, recipe_of


def test_a_file_is_read(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('source = "me"\nmodel = "m"\n[data]\nname = "digits"\nsize = 8\n[sweep]\na = [1]\n')
    recipe = recipe_of(read_table(path), "mine")
    assert (recipe.name, recipe.source, recipe.model, recipe.data.size) == ("mine", "me", "m", 8)


def test_a_file_that_is_not_there_or_no_toml(tmp_path):
    with pytest.raises(EffbenchError, match=r"cannot read recipe .*none.toml: No such file or directory"):
        read_table(tmp_path / "none.toml")
    for content in (b"model = ", b"\xff"):
        (tmp_path / "bad.toml").write_bytes(content)
        with pytest.raises(EffbenchError, match=r"bad.toml is no TOML file"):
            read_table(tmp_path / "bad.toml")


@pytest.mark.parametrize("missing", ["source", "model", "data"])
def test_what_every_recipe_has(missing):
    table = {"source": "s", "model": "m", "data": {"name": "digits", "size": 8}}
    del table[missing]
    with pytest.raises(SpecError, match=f"recipe has no {missing}"):
        recipe_of(table, "r")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("3e-3", 0.003),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("digits", "digits"),
        ('"3"', "3"),
        ("a:1-3,b=2", "a:1-3,b=2"),
        ("[" * 100_000, "[" * 100_000),
    ],
    ids=lambda value: str(value)[:20],
)
def test_values_of_changes_are_toml_or_texts(text, value):
    found = changed({}, [f"a.b={text}"])["a"]["b"]
    assert (found, type(found)) == (value, type(value))


def test_changes_leave_the_table_as_it_was():
    table = {"a": {"b": 1, "c": 2}}
    assert changed(table, ["a.b=3", "a.b=4", " d = 5 "]) == {"a": {"b": 4, "c": 2}, "d": 5}
    assert table == {"a": {"b": 1, "c": 2}}


@pytest.mark.parametrize("change", ["epochs", "=3", "a..b=3", ".a=3"])
def test_what_is_no_change(change):
    with pytest.raises(SpecError, match="is no change of a recipe: write key=value"):
        changed({}, [change])


def test_a_change_inside_of_a_value():
    with pytest.raises(SpecError, match=r"model in model.width must be a table, got 'm'"):
        changed({"model": "m"}, ["model.width=3"])
