"""What a published figure of a network is: the way of counting, or the variant of the network, that gives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf

from effbench.claims.readings import COUNTED_AS, DOCS, params_readings
from effbench.claims.shortfall import missing
from effbench.claims.variants import Variant, variants
from effbench.cost.convention import Convention, conventions_of, every_convention
from effbench.cost.counts import OpCounts, grouped
from effbench.counting.count import Count
from effbench.counting.operations import count_of
from effbench.models.inputs import Input, Side
from effbench.models.registry import resolve
from effbench.render.numbers import scaled
from effbench.stats.printed import Printed, match, parse_figure

MATCHES = ("exact", "rounded", "truncated", "off")

LIKELY = (
    "macs",
    "flops",
    "fvcore_written_attention",
    "fvcore",
    "fvcore_fused_attention",
    "ptflops",
    "thop",
    "torchprofile",
    "ptflops_aten",
)
"""Ways of counting, the most usual first; those of single papers come last, but for the model of that paper."""

SCALES = ("", "k", "M", "G")
"""What a figure without a unit may be in."""

NEAR = 0.1
"""So far off, as a share, the kind that makes the difference is worth naming."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One thing that the figure may be.

    Attributes:
        convention: the way of counting, the scope of the parameters, or how a variant differs.
        kind: ``convention``, ``parameters`` or ``variant`` (another network, and not another count).
        value: ours, in ``unit``. match: ``exact``, ``rounded``, ``truncated`` or ``off``.
        ratio: ours over the figure; None where a float cannot hold it.
        unit: ``MAC``, ``FLOP`` or ``parameter``. size: image side in pixels.
        published: the figure, with the scale it is read in. doc: what is counted.
        difference: what the value has more or less than the answer, by kind of operation.
        uncounted: operators without a price, joined by semicolons.
    """

    convention: str
    kind: str
    value: int
    match: str
    ratio: float | None
    unit: str
    model: str
    size: Side
    published: str
    doc: str
    difference: str = ""
    uncounted: str = ""

    @property
    def holds(self) -> bool:
        """Whether the printed digits come out."""
        return self.match != "off"


@dataclass(frozen=True)
class Answer:
    """Candidates, the likeliest first.

    Attributes:
        ambiguous: whether a figure without a unit may be several things.
        missing: where nothing holds, the kinds of operation that would give the figure if they were counted.
    """

    candidates: tuple[Candidate, ...]
    ambiguous: bool = False
    missing: str = ""

    @property
    def first(self) -> Candidate:
        """The likeliest."""
        return self.candidates[0]


def answer(name: str, size: Side | None, value: str, inputs: Sequence[Input] = ()) -> Answer:
    """What a figure is of a network.

    Args:
        name: registry name. size: image size, None for the model's own.
        inputs: what the network is called with, in the place of one image.
        value: the figure as printed, e.g. ``"14.492G"``; without a unit, thousands, millions and 10^9 are tried, too.

    Raises:
        EffbenchError: it is no figure, or the network cannot be counted here.
    """
    figures = _figures(value)  # before anything is counted
    found = count_of(resolve(name, size, inputs))
    readings = {text: _as_it_stands(name, found, figure, text) for text, figure in figures}
    holding = {text: rows for text, rows in readings.items() if rows[0].holds}
    if len(holding) > 1:
        return Answer(tuple(row for rows in holding.values() for row in rows if row.holds), ambiguous=True)
    text = next(iter(holding), None) or min(readings, key=lambda text: _distance(readings[text][0]))
    rows = readings[text]
    figure = dict(_figures(value))[text]
    if not rows[0].holds or _is_cut_off(rows[0]):
        rows = sorted([*_variants(name, found, figure, text), *rows], key=_better)
    return Answer(tuple(_differences(rows, found.counts)), missing="" if rows[0].holds else missing(found, figure))


def _is_cut_off(row: Candidate) -> bool:
    """Whether it is a number of parameters that a network without some of them may give by rounding."""
    return row.unit == "parameter" and row.match == "truncated"


def _better(row: Candidate) -> tuple[bool, bool]:
    """What holds before what does not, and parameters that round to the figure before those that are cut off."""
    return not row.holds, _is_cut_off(row)


def _figures(value: str) -> list[tuple[str, Printed]]:
    """(text with its scale, figure) for every scale that may be meant."""
    figure = parse_figure(value)
    has_unit = value.strip()[-1:].isalpha()
    digits = value.strip().replace("_", "").replace(" ", "")
    if has_unit or "e" in digits.lower() or figure.value >= 10**5:
        return [(value, figure)]
    return [(f"{digits}{scale}", parse_figure(f"{digits}{scale}")) for scale in SCALES]


def _as_it_stands(name: str, found: Count, figure: Printed, text: str) -> list[Candidate]:
    """The network itself: its cost under every convention, and its parameters where these are nearer."""
    costs = sorted(_costs(name, found, figure, text), key=_rank)
    params = sorted(_params(name, found, figure, text), key=_rank)
    if not costs[0].holds and params and (params[0].holds or _distance(params[0]) < _distance(costs[0])):
        return [*params, *costs]
    return [*costs, *(row for row in params if row.holds)]


def _costs(name: str, found: Count, figure: Printed, text: str) -> Iterator[Candidate]:
    for one in conventions_of(found.counts).values():
        value = int(one.total(found.counts))
        yield _candidate(one.name, "convention", value, one.unit, one.doc, name, found, figure, text)


def _params(name: str, found: Count, figure: Printed, text: str) -> Iterator[Candidate]:
    two_heads = any(path.startswith("head_dist") for path, _ in found.counts.items)
    for reading in params_readings(name, figure, [found.size] if isinstance(found.size, int) else []):
        if two_heads and reading.under == "without head":
            continue  # the scope leaves out one of them: a variant says so
        doc = DOCS[reading.under]
        yield _candidate(reading.under, "parameters", reading.value, "parameter", doc, name, found, figure, text)


def _variants(name: str, found: Count, figure: Printed, text: str) -> list[Candidate]:
    """Those that give the figure, the best match first."""
    rows: list[Candidate] = []
    if not isinstance(found.size, int):
        return rows
    for variant in variants(name, found.size, found.counts, figure.value):
        for is_params in (False, True):
            for under, value in variant.values(params=is_params).items():
                rows.append(_variant(variant, under, value, name, found, figure, text))
    return sorted((row for row in rows if row.holds), key=lambda row: MATCHES.index(row.match))


def _variant(
    variant: Variant, under: str, value: int, name: str, found: Count, figure: Printed, text: str
) -> Candidate:
    unit = "parameter" if under == "parameters" else every_convention()[under].unit
    doc = f"another network, not another count; {under}"
    row = _candidate(variant.said, "variant", value, unit, doc, name, found, figure, text)
    return replace(row, size=variant.size)


def _candidate(
    said: str, kind: str, value: int, unit: str, doc: str, name: str, found: Count, figure: Printed, text: str
) -> Candidate:
    return Candidate(
        convention=said,
        kind=kind,
        value=value,
        match=match(value, figure),
        ratio=_ratio(value, figure),
        unit=unit,
        model=name,
        size=found.size,
        published=text,
        doc=doc,
        uncounted=";".join(found.uncounted),
    )


def _ratio(value: int, figure: Printed) -> float | None:
    try:
        return float(Fraction(value) / figure.value)
    except OverflowError:
        return None


def _distance(row: Candidate) -> float:
    """How far the value is from the figure, as a factor."""
    ratio = inf if row.ratio is None else row.ratio
    return max(ratio, 1 / ratio) if ratio > 0 else inf


def _rank(row: Candidate) -> tuple[int, int, float]:
    """A match first, by rounding before truncation; then the usual ways of counting; then the nearest."""
    return MATCHES.index(row.match), _likelihood(row) if row.holds else 0, _distance(row)


def _likelihood(row: Candidate) -> int:
    if row.convention in COUNTED_AS:
        return list(COUNTED_AS).index(row.convention)
    if row.model.startswith(row.convention.partition("_")[0]):
        return -1  # the paper's own model
    usual = [i for i, name in enumerate(LIKELY) if row.convention == name]
    return usual[0] if usual else len(LIKELY) + list(every_convention()).index(row.convention)


def _differences(rows: Sequence[Candidate], counts: OpCounts) -> Iterator[Candidate]:
    """The rows, near misses with the kinds that make the difference to the answer (of a variant: to MACs)."""
    base = rows[0].convention if rows[0].kind == "convention" else "macs"
    for row in rows:
        near = row.kind == "convention" and row.ratio is not None and abs(row.ratio - 1) <= NEAR
        yield replace(row, difference=_difference(row.convention, base, counts)) if near else row


def _difference(name: str, base: str, counts: OpCounts) -> str:
    """The two kinds, or calls, whose price times count differ most; empty where one goes by kinds and one by calls."""
    first, second = (every_convention()[convention] for convention in (name, base))
    if first.by_calls(counts) != second.by_calls(counts):
        return ""
    one, two = (_amounts(convention, counts) for convention in (first, second))
    apart = {kind: one.get(kind, 0) - two.get(kind, 0) for kind in {**one, **two}}
    largest = sorted((kind for kind in apart if apart[kind]), key=lambda kind: -abs(apart[kind]))[:2]
    return ", ".join(f"{kind} {'+' if apart[kind] > 0 else '-'}{scaled(abs(apart[kind]))}" for kind in largest)


def _amounts(one: Convention, counts: OpCounts) -> dict[str, int]:
    """Kind or call -> what it adds to the cost under a convention."""
    prices = one.calls if one.by_calls(counts) else one.price
    return {name: int(prices.get(name, 0) * n) for name, n in grouped(one.priced(counts)).items()}
