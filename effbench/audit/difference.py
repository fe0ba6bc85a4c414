"""Why a tool's total is not ours: the convention that gives it exactly, and what that one counts differently."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.cost.convention import Convention, conventions
from effbench.cost.counts import OpCounts


@dataclass(frozen=True)
class Difference:
    """What separates two totals of one network.

    Attributes:
        verdict: ``counts as NAME`` if a convention gives the total exactly, else ``unexplained``.
        why: kind by kind, what is counted more or less, in the tool's unit.
    """

    verdict: str
    why: str


def difference(value: int, unit: str, counts: OpCounts, ours: Convention) -> Difference:
    """The total ``value``, in ``unit``, against our price of ``counts`` under ``ours``.

    A convention explains the total if it gives it to the integer; conventions of the same unit as the tool come first.
    """
    ranked = sorted(conventions().values(), key=lambda c: c.unit != unit)
    match = next((c for c in ranked if int(c.total(counts)) == value), None)
    if match is None:
        base = int(ours.total(counts)) * (2 if (ours.unit, unit) == ("MAC", "FLOP") else 1)
        return Difference("unexplained", f"{value - base:+,} {unit}s, {value / base - 1:+.3%}")
    return Difference(f"counts as {match.name}", _kinds(counts, match, ours))


def _kinds(counts: OpCounts, theirs: Convention, ours: Convention) -> str:
    """``+5 x 150,528 layer_norm_elem, -1 x … mac_qk``; a factor of 2 per multiply-accumulate is said once."""
    twice = (ours.unit, theirs.unit) == ("MAC", "FLOP")
    said = ["2 FLOPs per MAC"] if twice else []
    inside, outside = theirs.in_scope(counts).by_kind(), ours.in_scope(counts).by_kind()
    for kind in dict.fromkeys((*theirs.price, *ours.price)):
        one, two = theirs.price.get(kind, 0), ours.price.get(kind, 0) * (2 if twice else 1)
        n, m = inside.get(kind, 0), outside.get(kind, 0)
        if one != two and (n or m):
            said.append(f"{one - two:+d} x {max(n, m):,} {kind}")
        elif one and n != m:
            said.append(f"{n - m:+,} {kind} (other modules)")
    return ", ".join(said)
