"""Which networks a paper says are more accurate than which: statements that trainings of ours can test."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from effbench.claims.load import PAPERS
from effbench.errors import EffbenchError, UnknownName

GREATER, NO_GAIN = "greater", "no gain"
RELATIONS = (GREATER, NO_GAIN)
_PATTERN = re.compile(r"(\d+|[a-z])(-(\d+|[a-z]))*")

Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Ordering:
    """One statement about the accuracy of networks of different layer counts.

    Attributes:
        paper: key. id: unique within it. where: place as printed. said: the statement, as near to print as may be.
        dataset: the paper's. relation: the first of each pair is more accurate (greater), or is not (no gain).
        pairs: layer counts, coarse to fine; a letter stands for every count, the same in both.
        note: what a reader must know of it.
    """

    paper: str
    id: str
    where: str
    said: str
    dataset: str
    relation: str
    pairs: tuple[Pair, ...]
    note: str = ""

    @property
    def branches(self) -> int:
        """Of the networks it is about."""
        return self.pairs[0][0].count("-") + 1


@cache
def orderings(key: str) -> tuple[Ordering, ...]:
    """Every statement of that kind in the paper's file, checked.

    Raises:
        UnknownName: no such paper. EffbenchError: a key, relation, id or pair in the file that cannot be.
    """
    if key not in PAPERS:
        raise UnknownName("paper", key, PAPERS)
    text = Path(__file__).with_name(f"{key}.toml").read_text(encoding="utf-8")
    return parse_orderings(key, tomllib.loads(text))


def parse_orderings(key: str, data: Mapping[str, Any]) -> tuple[Ordering, ...]:
    """The ``[[ordering]]`` tables of a file's content; every mistake in them is an error."""
    allowed = {field.name for field in fields(Ordering)} - {"paper"}
    needed = {field.name for field in fields(Ordering) if field.default is MISSING} - {"paper"}
    found: dict[str, Ordering] = {}
    for row in data.get("ordering", ()):
        _require(not set(row) - allowed, key, row, f"unknown keys {sorted(set(row) - allowed)}")
        _require(not needed - set(row), key, row, f"missing keys {sorted(needed - set(row))}")
        _require(row["id"] not in found, key, row, "an id stands twice")
        _require(row["relation"] in RELATIONS, key, row, f"relation {row['relation']!r}; allowed: {RELATIONS}")
        pairs = tuple(tuple(pair) for pair in row["pairs"])
        _require(bool(pairs) and all(_alike(pair, pairs[0][0]) for pair in pairs), key, row, f"pairs {row['pairs']}")
        found[row["id"]] = Ordering(paper=key, **{**row, "pairs": pairs})
    return tuple(found.values())


def _alike(pair: tuple[str, ...], first: str) -> bool:
    """Whether it is two patterns with as many branches as ``first``, and no letter in one of them alone."""
    if len(pair) != 2 or not all(_PATTERN.fullmatch(layers) for layers in pair):
        return False
    letters = [{part for part in layers.split("-") if part.isalpha()} for layers in pair]
    return letters[0] == letters[1] and all(layers.count("-") == first.count("-") for layers in pair)


def _require(holds: bool, key: str, row: Mapping[str, Any], problem: str) -> None:
    if not holds:
        raise EffbenchError(f"claims/{key}.toml, ordering {row.get('id')!r}: {problem}")
