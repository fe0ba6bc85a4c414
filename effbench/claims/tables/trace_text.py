"""The trace of a figure (``claims.tables.trace``) as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from effbench.claims.tables.accuracy import Training
from effbench.claims.tables.figure import Figure
from effbench.claims.tables.trace import Counted, Exits, Part, Relation, Trace
from effbench.render.numbers import fixed
from effbench.render.table import Column, of, render

FORMULAS = {
    "percent": "100 x {of} / {against}",
    "reduction": "100 x (1 - {of} / {against})",
    "difference": "{of} - {against}",
    "ratio": "{of} / {against}",
    "greater": "{of} > {against}",
}
"""Relation -> how it is computed."""


def as_text(trace: Trace) -> str:
    """What is published, what we find, how both are made, and the commands that show it."""
    head = [
        f"{trace.figure.table}, row {trace.row}, column {trace.figure.claim.column}",
        "",
        *_published(trace),
        *_verdict(trace),
    ]
    blocks = [_relation(trace.relation, trace)] if trace.relation else []
    blocks += [_exits(trace.exits, trace)] if trace.exits else []
    blocks += [_counts(one, trace) for one in trace.counts]
    blocks += [_runs(trace.runs)] if trace.runs else []
    commands = ["Commands that show it:", *(f"  {command}" for command in trace.commands)]
    return "\n\n".join(["\n".join(head), *blocks, "\n".join(commands)]) + "\n"


def _published(trace: Trace) -> Iterator[str]:
    claim = trace.figure.claim
    yield f"Published: {claim.printed} {claim.unit}".rstrip()
    yield f"  claimed: {trace.paper} ({trace.url}, {trace.version}), {claim.where}"
    yield f"  record: {claim.id} in {trace.file}"
    if claim.reading:
        yield f"  {claim.read_as}"
    if claim.later:
        yield f"  later: {claim.later} {claim.unit} ({claim.later_in})"


def _verdict(trace: Trace) -> Iterator[str]:
    figure, evidence = trace.figure, trace.figure.verdict.detail
    under = " under {} at {}²".format(*figure.holds_at) if figure.holds_at else ""
    yield f"Verdict: {figure.words}{under}"
    if evidence not in figure.words:
        yield f"  {evidence}"
    if figure.value is None or figure.gap is None:
        yield "Ours: none"
        return
    way = f" under {figure.value.under}" if figure.value.under else ""
    unit = f" {figure.claim.unit}" if figure.claim.unit == "%" else ""
    yield f"Ours: {_ours(figure)}{unit}{way} ({figure.value.source})"
    yield "  difference: {:+.4f} {}".format(*figure.gap)


def _ours(figure: Figure) -> str:
    value = 0 if figure.value is None else figure.value.plain_value
    return f"{value:,}" if isinstance(value, int) else fixed(value, 4)


def _relation(relation: Relation, trace: Trace) -> str:
    form = FORMULAS[relation.kind]
    of, against = relation.published
    lines = [
        f"How it is made: {form.format(of=relation.of, against=relation.against)}",
        f"  published figures: {form.format(of=of, against=against)}",
    ]
    if relation.ours:
        ours = form.format(of=f"{relation.ours[0]:,}", against=f"{relation.ours[1]:,}")
        lines.append(f"  ours under {relation.under}: {ours} = {_ours(trace.figure)}")
    return "\n".join(lines)


def _exits(exits: Exits, trace: Trace) -> str:
    """The share s of images that leave at an exit, so that s x (cost to it) + (1 - s) x (full cost) is published."""
    *early, full = exits.costs
    published = trace.figure.claim.text
    lines = [
        f"  exit {i}: ({full:,} - {published}) / ({full:,} - {cost:,}) = {share:.4%}"
        for i, (cost, share) in enumerate(zip(early, exits.shares, strict=True), start=1)
    ]
    return "\n".join([f"Share of images that leaves early for this mean cost, under {exits.under}:", *lines])


def _counts(one: Counted, trace: Trace) -> str:
    """The arithmetic of one way of counting."""
    size = f" at {one.size}²" if one.size else ""
    source = f" Source of the convention: {one.convention_source}." if one.convention_source else ""
    title = f"{one.model}{size} under {one.under}: {one.doc}.{source}"
    rows: list[Part | None] = [*one.parts, None]  # None: the sum
    columns: list[Column[Part | None]] = [
        of("kind" if trace.figure.claim.metric == "flops" else "part", lambda row: "sum" if row is None else row.part),
        of("count", lambda row: None if row is None else f"{row.count:,}", right=True),
        of("price", lambda row: None if row is None else row.price, right=True),
        of("count x price", lambda row: f"{one.value if row is None else row.value:,}", right=True),
    ]
    notes = [
        f"{one.source}, one image, batch 1; by {one.by}{_libraries(one.libraries)}.",
        *(f"Without a price: {said}." for said in one.uncounted),
    ]
    return render(rows, columns, "table", title=title, notes=notes).rstrip("\n")


def _libraries(versions: Mapping[str, str | None]) -> str:
    found = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    return f"; {found}" if found else ""


def _runs(runs: Sequence[Training]) -> str:
    """The trainings behind a measured accuracy."""
    lines = ["Trainings of ours:"]
    for run in runs:
        conditions = ", ".join(f"{name} {value}" for name, value in run.conditions.items())
        what = f"{run.experiment}, {run.epochs:g} epochs, seed {run.seed}: {float(run.top1):.2f} % top-1"
        lines += [f"  {run.key} in {run.store}, {what}", f"    {conditions}"]
    return "\n".join(lines)
