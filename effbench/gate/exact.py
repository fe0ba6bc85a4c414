"""What changed between two entries of a snapshot, by quantity and by the modules in which it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from effbench.cost.kinds import KINDS, MAC_KINDS, PARAM
from effbench.gate.snapshot import Entry, Modules, Tally
from effbench.render.numbers import fixed

QUANTITIES: dict[str, tuple[str, ...]] = {
    "MACs": MAC_KINDS,
    "parameters": (PARAM,),
    **{kind: (kind,) for kind in KINDS if kind not in (*MAC_KINDS, PARAM)},
}
"""Name of a quantity -> the kinds it is the sum of."""

SHOWN = 4
"""Places named in one explanation; the rest is a number."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One quantity of a model that is not what the snapshot says.

    Attributes:
        quantity: ``MACs``, ``parameters``, a kind of operation, an operator (``aten.gelu``), a prediction, …
        before, after: how much; None on the side that has none of it.
        where: module patterns, with the kinds and shares that changed there. Empty if it has no place.
        part: ``formula`` or ``network`` where only one of the two changed, or both differently.
    """

    quantity: str
    before: int | None
    after: int | None
    where: str = ""
    part: str = ""

    @property
    def change(self) -> str:
        """In percent, or in words."""
        return relative(self.before or 0, self.after or 0)


def differences(before: Entry, after: Entry, *, network: bool = True, operators: bool = True) -> list[Difference]:
    """Everything that is not equal; nothing is too small.

    Args:
        network: compare what the network does, too; False where it was not counted.
        operators: compare by which operators it does it; False where another PyTorch may use others.
    """
    found = _of_number("image size", before.size, after.size)
    found += _of_counts(before, after, network)
    if network and operators:
        found += _of_names(before.operators, after.operators, "")
        found += _of_names(before.uncounted, after.uncounted, "without a price: ")
    if network or before.formula or after.formula:
        same_parameters = not any(one.quantity == "parameters" for one in found)
        found += [
            one
            for one in _of_names(before.predicted, after.predicted, "predicted bytes: ")
            if same_parameters or not one.quantity.endswith("parameters")
        ]
    return found


def relative(before: int, after: int) -> str:
    """``+4.1 %``; two digits of what is under 0.1 %; ``new`` and ``gone`` where one side is nothing."""
    if not before or not after:
        return "new" if after else "gone" if before else "±0 %"
    if after == before:
        return "±0 %"
    percent = 100 * Fraction(after - before, before)  # of any size, where a float would be infinite
    sign = "+" if percent > 0 else ""
    return f"{sign}{fixed(percent, 1)} %" if abs(percent) >= Fraction(1, 10) else f"{float(percent):+.2g} %"


def _of_counts(before: Entry, after: Entry, network: bool) -> list[Difference]:
    """By formula and by network; once where both changed alike."""
    formula = _of_tallies(before.formula, after.formula, "formula")
    counted = _of_tallies(before.network, after.network, "network") if network else []
    if not network:
        return formula
    if formula == counted or (before.formula is None and after.formula is None):
        return counted
    return [replace(one, part="formula") for one in formula] + [replace(one, part="network") for one in counted]


def _of_tallies(before: Tally | None, after: Tally | None, what: str) -> list[Difference]:
    if before is None or after is None:
        return [] if before is after else _of_number(what, None if before is None else 1, None if after is None else 1)
    if before.digest == after.digest:
        return []
    found = list(_of_modules(before.modules, after.modules))
    return found or [Difference(quantity="modules", before=None, after=None, where=SIBLINGS)]


SIBLINGS = "numbered modules of one pattern differ, their sums are equal"


def _of_modules(before: Modules, after: Modules) -> Iterator[Difference]:
    for quantity, kinds in QUANTITIES.items():
        one, two = (_only(side, kinds) for side in (before, after))
        if one != two:
            totals = (sum(n for by_kind in side.values() for n in by_kind.values()) or None for side in (one, two))
            yield Difference(quantity=quantity, before=next(totals), after=next(totals), where=_places(one, two))


def _only(modules: Modules, kinds: Sequence[str]) -> dict[str, dict[str, int]]:
    """The modules that have any of the kinds, with those."""
    kept = {path: {kind: by_kind[kind] for kind in kinds if kind in by_kind} for path, by_kind in modules.items()}
    return {path: by_kind for path, by_kind in kept.items() if by_kind}


def _places(before: Modules, after: Modules) -> str:
    """Where it changed, the largest change first; a module whose parts all changed stands for them."""
    groups: dict[str, list[str]] = {}
    every = list(dict.fromkeys((*before, *after)))
    changed = {path for path in every if before.get(path) != after.get(path)}
    for path in every:
        if path in changed:
            groups.setdefault(_widest(path, every, changed), []).append(path)
    told = [(_moved(before, after, paths), _place(paths, before, after)) for paths in groups.values()]
    told.sort(key=lambda item: -item[0])
    more = [f"{len(told) - SHOWN} more"] if len(told) > SHOWN else []
    return "; ".join([text for _, text in told[:SHOWN]] + more)


def _widest(path: str, every: Sequence[str], changed: set[str]) -> str:
    """The outermost module around ``path`` in which nothing stayed as it was; the empty one is the model."""
    names = path.split(".")
    for length in range(len(names)):
        outer = ".".join(names[:length])
        if all(other in changed for other in every if not outer or f"{other}.".startswith(f"{outer}.")):
            return outer
    return path


def _moved(before: Modules, after: Modules, paths: Sequence[str]) -> int:
    """How much changed there, whatever its sign."""
    one, two = _kinds(before, paths), _kinds(after, paths)
    return sum(abs(two.get(kind, 0) - one.get(kind, 0)) for kind in {*one, *two})


def _place(paths: Sequence[str], before: Modules, after: Modules) -> str:
    """``blocks.*.attn (mac_qk +12.0 %)``; of a quantity that is one kind, its change there."""
    one, two = _kinds(before, paths), _kinds(after, paths)
    kinds = [kind for kind in QUANTITIES["MACs"] if kind in one or kind in two] or list({**one, **two})
    changes = [(kind, relative(one.get(kind, 0), two.get(kind, 0))) for kind in kinds if one.get(kind) != two.get(kind)]
    named = [f"{kind} {change}" if kind in MAC_KINDS else change for kind, change in changes] or ["moved within"]
    return f"{_around(paths)} ({', '.join(named)})"


def _around(paths: Sequence[str]) -> str:
    """The innermost module that holds all of them."""
    names = [path.split(".") for path in paths]
    together = 0
    while all(len(one) > together and one[together] == names[0][together] for one in names):
        together += 1
    inner = ".".join(names[0][:together])
    return inner or ("the model's own" if len(paths) == 1 else "the whole model")


def _kinds(modules: Modules, paths: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in paths:
        for kind, n in modules.get(path, {}).items():
            found[kind] = found.get(kind, 0) + n
    return found


def _of_names(before: Mapping[str, int], after: Mapping[str, int], prefix: str) -> list[Difference]:
    names = sorted({*before, *after})
    return [one for name in names for one in _of_number(f"{prefix}{name}", before.get(name), after.get(name))]


def _of_number(quantity: str, before: int | None, after: int | None) -> list[Difference]:
    return [] if before == after else [Difference(quantity=quantity, before=before, after=after)]
