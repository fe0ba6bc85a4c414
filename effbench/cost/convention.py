"""Conventions: what one operation of each kind is worth. A cost becomes a number only here, at the last moment."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path

from effbench.cost.counts import Key, OpCounts
from effbench.cost.kinds import KINDS
from effbench.cost.shape import Size
from effbench.errors import EffbenchError, UnknownName


@dataclass(frozen=True, kw_only=True)
class Convention:
    """A row of prices.

    Attributes:
        name: how it is called on the command line.
        unit: ``"MAC"`` or ``"FLOP"``, the unit its author states it in.
        doc: what it counts, in a sentence.
        source: the tool or the paper's table it was observed in.
        price: kind -> worth of one operation; a kind that is absent is not counted.
        calls: name of a call -> worth of one unit of it, for a tool that goes by functions, classes of modules or
            operators; of a counted network these prices hold, to the digit, in the place of ``price``.
        cannot: operators or layers for which the tool's figure cannot be had from its calls, with the reason.
        version: of the tool.
        include, exclude: patterns (``*`` matches anything) of the module paths in scope.
    """

    name: str
    unit: str
    doc: str
    source: str
    price: Mapping[str, int] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)
    cannot: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = set(self.price) - set(KINDS)
        if unknown:
            raise EffbenchError(f"convention {self.name!r} prices unknown kinds: {', '.join(sorted(unknown))}")
        if self.unit not in ("MAC", "FLOP"):
            raise EffbenchError(f"convention {self.name!r} has unit {self.unit!r}; allowed: MAC, FLOP")

    def sees(self, path: str) -> bool:
        """Whether the module of that path is in scope."""
        return _in_scope(path, self.include, self.exclude)

    def in_scope(self, counts: OpCounts) -> OpCounts:
        """The operations and parameters of the modules this convention looks at."""
        if self.include == ("*",) and not self.exclude:
            return OpCounts(counts.items, calls=counts.calls)
        items = {key: count for key, count in counts.items.items() if self.sees(key[0])}
        if counts.calls is None:
            return OpCounts(items)
        return OpCounts(items, calls={key: count for key, count in counts.calls.items() if self.sees(key[0])})

    def prices(self, counts: OpCounts) -> Mapping[str, int]:
        """What holds for these counts: of calls, or of kinds of operation."""
        return self.calls if self.calls and counts.calls is not None else self.price

    def priced(self, counts: OpCounts) -> Mapping[Key, Size]:
        """(module path, name) -> how much, in scope, of calls or of kinds of operation; parameters with them."""
        seen = self.in_scope(counts)
        if seen.calls is None or not self.by_calls(counts):
            return seen.items
        return {key: n for key, n in seen.calls.items() if key[1] in self.calls}

    def by_calls(self, counts: OpCounts) -> bool:
        """Whether such counts are priced by the calls in them, not by kinds of operation."""
        return bool(self.calls) and counts.calls is not None

    def holds(self, counts: OpCounts) -> bool:
        """Whether the convention says anything of such counts: one of calls alone says nothing of a formula."""
        return bool(self.price) or counts.calls is not None

    def total(self, counts: OpCounts) -> Size:
        """The cost in this convention's unit: the dot product of counts and prices.

        Arrays are added shape by shape before they are broadcast, so that a grid of architectures costs one full-size
        addition per axis and not one per operation.
        """
        if not self.holds(counts):
            raise EffbenchError(
                f"convention {self.name!r} prices calls of functions and modules, which a formula has none of; "
                "count the network"
            )
        prices = self.prices(counts)
        table = counts.calls if self.by_calls(counts) and counts.calls is not None else counts.items
        by_shape: dict[tuple[int, ...], Size] = {}
        for (path, kind), count in table.items():
            if kind in prices and self.sees(path):
                shape = getattr(count, "shape", ())
                by_shape[shape] = by_shape.get(shape, 0) + prices[kind] * count
        return sum(by_shape.values())


@lru_cache(maxsize=65_536)
def _in_scope(path: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    """The same few paths are asked for again and again: every block of every model under every convention."""
    return any(fnmatchcase(path, p) for p in include) and not any(fnmatchcase(path, p) for p in exclude)


def conventions() -> dict[str, Convention]:
    """The named conventions that price kinds of operation, and so formulas, in the order of ``conventions.toml``."""
    return {name: one for name, one in every_convention().items() if one.price}


def conventions_of(counts: OpCounts) -> dict[str, Convention]:
    """The named conventions that say something of such counts: of a counted network also those of calls alone."""
    return {name: one for name, one in every_convention().items() if one.holds(counts)}


@cache
def every_convention() -> dict[str, Convention]:
    """Every named convention of ``conventions.toml``, in the file's order."""
    text = Path(__file__).with_name("conventions.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    for row in rows.values():
        row.update((key, tuple(row[key])) for key in ("include", "exclude") if key in row)
    return {name: Convention(name=name, **row) for name, row in rows.items()}


def convention(name: str) -> Convention:
    """The convention of that name.

    Raises:
        UnknownName: there is none; the message names the nearest ones.
    """
    known = every_convention()
    if name not in known:
        raise UnknownName("convention", name, known)
    return known[name]
