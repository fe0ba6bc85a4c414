"""What a user chooses of a table: its columns, the names and order of its rows, a caption and a label; any format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from effbench.errors import EffbenchError, UnknownName
from effbench.render.column import Column
from effbench.render.plain import plain

T = TypeVar("T")

ALWAYS = ("unit", "convention", "uncounted")
"""Fields of rows without which a value means nothing: no choice of columns leaves them out for machines."""

_THIN = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One choice; what is empty changes nothing.

    Attributes:
        columns: their keys, in the order in which they are shown. names: model -> what it is called.
        sort: a key; with a minus before it the largest come first. caption, label: of the table.
    """

    columns: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    caption: str = ""
    label: str = ""


_chosen = Choice()


def choice() -> Choice:
    """That of the command which runs."""
    return _chosen


@contextmanager
def choosing(one: Choice) -> Iterator[None]:
    """Every table made in here is as chosen."""
    global _chosen
    before, _chosen = _chosen, one
    try:
        yield
    finally:
        _chosen = before


def columns_of(columns: Sequence[Column[T]], words: Sequence[str]) -> list[Column[T]]:
    """The columns that the words mean, by key, other key, head or the beginning of one.

    Raises:
        UnknownName: a word means none. EffbenchError: a word may mean several.
    """
    return [_meant(columns, word) for word in words] if words else list(columns)


def require_choice(columns: Sequence[Column[T]]) -> None:
    """Raise what ``columns_of`` raises, for what was chosen of a table with these columns: before its rows are made."""
    columns_of(columns, _chosen.columns)
    ordered((), columns, _chosen.sort)


def _meant(columns: Sequence[Column[T]], word: str) -> Column[T]:
    wanted = thin(word)
    exact = [one for one in columns if wanted in _keys(one)]
    found = exact or [one for one in columns if wanted and any(key.startswith(wanted) for key in _keys(one))]
    if not found:
        raise UnknownName("column", word, [_keys(one)[0] for one in columns if _keys(one)[0]])
    if len(found) > 1 and not exact:
        raise EffbenchError(f"column {word!r} may be {' or '.join(_keys(one)[0] for one in found)}")
    return found[0]


def _keys(one: Column[T]) -> tuple[str, ...]:
    return tuple(key for key in (thin(one.title), one.key, *one.also) if key) or ("",)


def thin(text: str) -> str:
    """``peak activations`` -> ``peak_activations``."""
    return _THIN.sub("_", text.lower()).strip("_")


def ordered(rows: Sequence[T], columns: Sequence[Column[T]], word: str) -> list[T]:
    """The rows by a column: numbers by size, texts by alphabet, what is missing last."""
    if not word:
        return list(rows)
    column, down = _meant(columns, word.removeprefix("-")), word.startswith("-")
    values = [(row, column.value(row)) for row in rows]
    numbers = [(value, row) for row, value in values if isinstance(value, int | float)]
    texts = [(str(value), row) for row, value in values if value is not None and not isinstance(value, int | float)]
    numbers.sort(key=lambda pair: pair[0], reverse=down)
    texts.sort(key=lambda pair: pair[0], reverse=down)
    return [row for _, row in numbers] + [row for _, row in texts] + [row for row, value in values if value is None]


def machine_rows(rows: Sequence[T], columns: Sequence[Column[T]], chosen: Choice) -> Sequence[object]:
    """The plain values of the chosen columns, with those of ALWAYS; all of them, where none is chosen."""
    if not chosen.columns and not chosen.names:
        return rows
    return [_machine_row(row, columns, chosen) for row in rows]


def _machine_row(row: T, columns: Sequence[Column[T]], chosen: Choice) -> dict[str, object]:
    whole = plain(row)
    kept = whole
    if chosen.columns:
        kept = {}
        for column in columns:
            key = next((key for key in (column.key, *_keys(column)) if key in whole), _keys(column)[0])
            kept[key] = whole[key] if key in whole else column.value(row)
        kept |= {key: whole[key] for key in ALWAYS if key in whole}
    return {key: called(value, chosen.names) for key, value in kept.items()}


def called(value: object, names: Mapping[str, str]) -> object:
    """What a model is called; anything else is itself."""
    return names.get(value, value) if isinstance(value, str) else value


def names_of(pairs: Sequence[str], kind: Callable[[str], Exception] = EffbenchError) -> dict[str, str]:
    """``["ci2p_vit=CI2P-ViT (ours)"]`` as a mapping; the last ``=`` before the name joins the two."""
    found = {}
    for pair in pairs:
        name, joint, shown = pair.rpartition("=")
        if not joint or not name or not shown.strip():
            raise kind(f"--names takes MODEL=NAME, got {pair!r}")
        found[name.strip()] = shown.strip()
    return found
