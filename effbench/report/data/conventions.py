"""Conventions as the page has them: prices by the number of a kind, scopes by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from effbench.cost.convention import Convention, conventions
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import KINDS

KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
"""Kind -> its number in the page."""

Group = tuple[str, int, list[int]]
"""``(label, scope mask, [kind number, count, kind number, count, …])``: operations that the same scopes see."""


class Scope(NamedTuple):
    """Which module paths some conventions look at; ``Convention.include`` and ``exclude``."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True)
class ConventionRow:
    """A convention in the page. scope: the number of its scope."""

    convention: Convention
    scope: int

    def plain(self) -> dict[str, object]:
        """What it counts, where that was observed, its prices by the number of a kind."""
        one = self.convention
        return {
            "name": one.name,
            "unit": one.unit,
            "doc": one.doc,
            "source": one.source,
            "scope": self.scope,
            "include": one.include,
            "exclude": one.exclude,
            "price": {str(KIND_NUMBERS[kind]): price for kind, price in one.price.items()},
        }


def scopes() -> dict[Scope, Convention]:
    """Every different scope, in the conventions' order, with a convention that has it."""
    found: dict[Scope, Convention] = {}
    for one in conventions().values():
        found.setdefault(Scope(one.include, one.exclude), one)
    return found


def scope_mask(path: str) -> int:
    """Bit i is set where scope i sees the module of that path (or path pattern)."""
    return sum(one.sees(path) << number for number, one in enumerate(scopes().values()))


def convention_rows() -> list[ConventionRow]:
    """Every convention, in the file's order."""
    numbers = {scope: number for number, scope in enumerate(scopes())}
    return [ConventionRow(one, numbers[Scope(one.include, one.exclude)]) for one in conventions().values()]


def groups(counts: OpCounts, *, labelled: bool = True) -> list[Group]:
    """Counts summed over the modules that every convention treats alike, of one top-level module (or of all).

    The page prices them; it needs no module path to do so.
    """
    depth = _depth(counts) if labelled else 0
    sums: dict[tuple[str, int], dict[int, int]] = {}
    for (path, kind), count in counts.items.items():
        label = ".".join(path.split(".")[:depth]) or "(model)"
        of = sums.setdefault((label if labelled else "", scope_mask(path)), {})
        of[KIND_NUMBERS[kind]] = of.get(KIND_NUMBERS[kind], 0) + int(count)
    return [
        (label, mask, [number for pair in sorted(of.items()) if pair[1] for number in pair])
        for (label, mask), of in sums.items()
    ]


def _depth(counts: OpCounts) -> int:
    """Names of a module path that make a part worth showing: two where all modules lie below one."""
    return 2 if len({path.split(".")[0] for path, _ in counts.items}) == 1 else 1
