"""OpCounts: a multiset of operations keyed by (module path, kind). Counting never sums kinds; pricing does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from effbench.cost.kinds import PARAM, SHARED_KINDS
from effbench.cost.shape import Size

Key = tuple[str, str]
"""(module path as PyTorch names it, kind); the path of the model itself is the empty string."""


class Live(NamedTuple):
    """Tensor elements alive per image while one operation runs (inputs, outputs and whatever must be kept)."""

    path: str
    kind: str
    elements: Size


@dataclass(frozen=True)
class OpCounts:
    """What a network does for one image.

    Attributes:
        items: (module path, kind) -> how many.
        live: elements alive during each operation, in execution order; peak memory is their maximum.
        moved: (module path, kind) -> elements read and written, weights apart (``traffic``); of formulas, and of
            networks where it was asked for.
        calls: (module path, name of a function or class) -> how much, for conventions of tools that go by calls; of
            counted networks alone, None where they were not asked for.
    """

    items: Mapping[Key, Size] = field(default_factory=dict)
    live: tuple[Live, ...] = ()
    moved: Mapping[Key, Size] = field(default_factory=dict)
    calls: Mapping[Key, Size] | None = field(default=None, compare=False)

    def __add__(self, other: OpCounts) -> OpCounts:
        return combine((self, other))

    def at(self, prefix: str) -> OpCounts:
        """The same operations one level down, below module ``prefix``."""
        below = {path: join(prefix, path) for path, _ in self.items}  # every operation is an item
        items = {(below[path], kind): count for (path, kind), count in self.items.items()}
        live = tuple([Live(below[path], kind, n) for path, kind, n in self.live])
        return OpCounts(items, live, {(below[path], kind): n for (path, kind), n in self.moved.items()})

    def repeat(self, name: str, times: Size) -> OpCounts:
        """``times`` equal modules ``name.0``, ``name.1``, …; one ``name.*`` if ``times`` is not an integer."""
        if isinstance(times, int):
            return combine(self.at(f"{name}.{i}") for i in range(times))
        return self.scaled(times).at(f"{name}.*")

    def scaled(self, factor: Size) -> OpCounts:
        """Every count times ``factor``, parameters included; what is alive at one moment stays."""
        moved = {key: factor * n for key, n in self.moved.items()}
        return OpCounts({key: factor * count for key, count in self.items.items()}, self.live, moved)

    def batch(self, images: Size) -> OpCounts:
        """The operations and tensors of a batch; parameters are shared and stay."""
        if isinstance(images, int) and images == 1:
            return self
        items, moved = (
            {key: n if key[1] in SHARED_KINDS else images * n for key, n in counts.items()}
            for counts in (self.items, self.moved)
        )
        return OpCounts(items, tuple([Live(path, kind, images * n) for path, kind, n in self.live]), moved)

    def holding(self, elements: Size) -> OpCounts:
        """The same operations while ``elements`` more (a skip connection, say) must stay in memory."""
        return OpCounts(self.items, tuple([Live(path, kind, n + elements) for path, kind, n in self.live]), self.moved)

    def by_kind(self) -> dict[str, Size]:
        """Kind -> count over all modules."""
        return grouped(self.items)

    def by_module(self, depth: int | None = None) -> dict[str, OpCounts]:
        """Module path, cut to ``depth`` names, -> its operations; in execution order."""
        groups: dict[str, tuple[dict[Key, Size], dict[Key, Size]]] = {}
        for place, table in enumerate((self.items, self.calls or {})):
            for (path, kind), count in table.items():
                name = path if depth is None else ".".join(path.split(".")[:depth])
                groups.setdefault(name, ({}, {}))[place][path, kind] = count
        known = self.calls is not None
        return {name: OpCounts(items, calls=calls if known else None) for name, (items, calls) in groups.items()}

    def of(self, kind: str) -> Size:
        """How many of one kind, over all modules."""
        return sum((count for (_, key), count in self.items.items() if key == kind), start=0)

    @property
    def params(self) -> Size:
        """Parameters, frozen ones and the head included."""
        return self.of(PARAM)


def combine(parts: Iterable[OpCounts]) -> OpCounts:
    """The sum of many counts; equal keys add up."""
    items: dict[Key, Size] = {}
    live: list[Live] = []
    moved: dict[Key, Size] = {}
    for part in parts:
        _add(items, part.items)
        live.extend(part.live)
        _add(moved, part.moved)
    return OpCounts(items, tuple(live), moved)


def _add(totals: dict[Key, Size], more: Mapping[Key, Size]) -> None:
    if totals.keys().isdisjoint(more):  # nearly always: the parts of a network are different modules
        totals.update(more)
        return
    for key, count in more.items():
        totals[key] = totals[key] + count if key in totals else count


def op(elements: Size = 0, /, *, moved: Size | None = None, **kinds: Size) -> OpCounts:
    """One operation at the module itself: ``elements`` are alive while it runs, and ``moved`` (None: all) pass by."""
    first = next(iter(kinds))
    items = {("", kind): count for kind, count in kinds.items()}
    if first == PARAM:
        return OpCounts(items)
    return OpCounts(items, (Live("", first, elements),), {("", first): elements if moved is None else moved})


def join(prefix: str, path: str) -> str:
    """``prefix.path``, where either may be empty."""
    return f"{prefix}.{path}" if prefix and path else prefix or path


def grouped(counts: Mapping[Key, Size]) -> dict[str, Size]:
    """Kind, or name of a call, -> count over all modules."""
    groups: dict[str, Size] = {}
    for (_, name), count in counts.items():
        groups[name] = groups[name] + count if name in groups else count
    return groups
