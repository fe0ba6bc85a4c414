"""Which networks a paper says are more accurate than which: statements that trainings of ours can test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

GREATER = "greater"
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
    relation: Literal["greater", "no gain"]
    pairs: tuple[Pair, ...]
    note: str = ""

    @property
    def branches(self) -> int:
        """Of the networks it is about."""
        return self.pairs[0][0].count("-") + 1


def problem(ordering: Ordering) -> str:
    """What cannot be about the pairs of a statement; empty where nothing is wrong."""
    pairs = ordering.pairs
    right = bool(pairs) and all(_alike(pair, pairs[0][0]) for pair in pairs)
    return "" if right else f"pairs {[list(pair) for pair in pairs]} must be layer counts of equally many branches"


def _alike(pair: Pair, first: str) -> bool:
    """Whether both are patterns with as many branches as ``first``, and no letter stands in one of them alone."""
    if not all(_PATTERN.fullmatch(layers) for layers in pair):
        return False
    letters = [{part for part in layers.split("-") if part.isalpha()} for layers in pair]
    return letters[0] == letters[1] and all(layers.count("-") == first.count("-") for layers in pair)
