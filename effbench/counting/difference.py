"""Why a tool's total is not ours: the convention that gives it exactly, and what that one counts differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from effbench.cost.convention import Convention, conventions_of, every_convention
from effbench.cost.counts import OpCounts, grouped


@dataclass(frozen=True)
class Difference:
    """What separates two totals of one network.

    Attributes:
        verdict: ``counts as NAME`` if a convention gives the total exactly, else ``unexplained``.
        why: kind by kind, what is counted more or less, in the tool's unit.
    """

    verdict: str
    why: str


def difference(value: int, unit: str, counts: OpCounts, ours: Convention, tool: str = "") -> Difference:
    """The total ``value``, in ``unit``, that the tool reports, against our price of ``counts`` under ``ours``.

    A convention explains the total if it gives it to the integer; conventions of the same unit as the tool come first.
    A multiply-accumulate is two FLOPs.
    """
    ranked = sorted(conventions_of(counts).values(), key=lambda c: c.unit != unit)
    match = next((c for c in ranked if int(c.total(counts)) == value), None)
    if match is None:
        base = int(ours.total(counts)) * FACTORS.get((ours.unit, unit), 1)
        share = f", {float(value / base - 1):+.3%}" if base else ""
        return Difference("unexplained", f"{_signed(value - base)} {unit}s{share}{_limits(tool)}")
    return Difference(f"counts as {match.name}", ", ".join(_kinds(counts, match, ours)))


def _limits(tool: str) -> str:
    """What the tool's own convention says that it cannot tell."""
    known = every_convention()
    cannot = known[tool].cannot if tool in known else {}
    return f"; {tool} cannot be followed for {', '.join(cannot)}" if cannot else ""


FACTORS = {("MAC", "FLOP"): Fraction(2), ("FLOP", "MAC"): Fraction(1, 2)}
"""(our unit, theirs) -> theirs in one of ours."""


def _kinds(counts: OpCounts, theirs: Convention, ours: Convention) -> Iterator[str]:
    """``+5 x 150,528 layer_norm_elem``, ``-1 x … mac_qk``: parts that add up; another unit is said once, at first."""
    factor = FACTORS.get((ours.unit, theirs.unit), Fraction(1))
    if factor != 1:
        yield "2 FLOPs per MAC"
    if theirs.calls and counts.calls is not None:
        yield from _calls(counts, theirs)
        return
    prices = theirs.price
    inside, outside = theirs.in_scope(counts).by_kind(), ours.in_scope(counts).by_kind()
    for kind in dict.fromkeys((*prices, *ours.price)):
        one, two = Fraction(prices.get(kind, 0)), factor * ours.price.get(kind, 0)
        n, m = (int(found.get(kind, 0)) for found in (inside, outside))
        yield from _kind(kind, one, two, n if one else m, m if two else n)


def _calls(counts: OpCounts, theirs: Convention) -> Iterator[str]:
    """``2 x 1,234 F.layer_norm.affine``: what a tool that goes by calls adds up, the largest parts first."""
    parts = sorted(grouped(theirs.priced(counts)).items(), key=lambda part: -abs(int(part[1]) * theirs.calls[part[0]]))
    for name, n in parts[:LARGEST]:
        yield f"{theirs.calls[name]} x {int(n):,} {name}"
    if len(parts) > LARGEST:
        yield f"and {len(parts) - LARGEST} calls of other names"


LARGEST = 6
"""Parts of a tool's total that are named."""


def _kind(kind: str, one: Fraction, two: Fraction, n: int, m: int) -> Iterator[str]:
    """``n`` operations at price ``one`` against ``m`` at ``two``: those that both see, then those that one sees."""
    if one != two and min(n, m):
        yield f"{_signed(one - two)} x {min(n, m):,} {kind}"
    if n != m:
        yield f"{_signed((one if n > m else two) * (n - m))} {kind} (other modules)"


def _signed(number: Fraction | int) -> str:
    """``+1,234`` or ``-0.5``."""
    return f"{int(number):+,}" if number == int(number) else f"{float(number):+,}"
