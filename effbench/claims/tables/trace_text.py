"""The trace of a figure (``claims.tables.trace``) as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from effbench.render.numbers import fixed
from effbench.render.table import Column, column, render

FORMULAS = {
    "percent": "100 x {of} / {against}",
    "reduction": "100 x (1 - {of} / {against})",
    "difference": "{of} - {against}",
    "ratio": "{of} / {against}",
    "greater": "{of} > {against}",
}
"""Relation -> how it is computed."""


def as_text(trace: Mapping[str, Any]) -> str:
    """What is published, what we find, how both are made, and the commands that show it."""
    lines = [
        f"{trace['table']}, row {trace['row']}, column {trace['column']}",
        "",
        *_published(trace),
        *_verdict(trace),
    ]
    relation = trace["relation"]
    blocks = [*_relation(relation, trace)] if relation else []
    blocks += [_exits(trace["exits"], trace)] if trace["exits"] else []
    blocks += [_counts(one, trace) for one in trace["counts"]]
    blocks += [_runs(trace["runs"])] if trace["runs"] else []
    commands = ["Commands that show it:", *(f"  {command}" for command in trace["commands"])]
    return "\n\n".join(["\n".join(lines), *blocks, "\n".join(commands)]) + "\n"


def _published(trace: Mapping[str, Any]) -> Iterator[str]:
    place = f"{trace['paper']} ({trace['url']}, {trace['version']}), {trace['where']}"
    yield f"Published: {trace['published']} {trace['unit']}".rstrip()
    yield f"  claimed: {place}"
    yield f"  record: {trace['claim']} in {trace['file']}"


def _verdict(trace: Mapping[str, Any]) -> Iterator[str]:
    under = f" under {trace['holds_under']} at {trace['holds_at_size']}²" if trace["holds_under"] else ""
    yield f"Verdict: {trace['verdict']}{under}"
    if trace["evidence"].removeprefix("early exits: ") not in trace["verdict"]:
        yield f"  {trace['evidence']}"
    if trace["ours"] is None:
        yield "Ours: none"
        return
    way = f" under {trace['ours_under']}" if trace["ours_under"] else ""
    unit = f" {trace['unit']}" if trace["unit"] == "%" else ""
    yield f"Ours: {_shown(trace['ours'])}{unit}{way} ({trace['ours_source']})"
    yield f"  difference: {trace['difference']:+.4f} {trace['difference_unit']}"


def _shown(value: int | float) -> str:
    return f"{value:,}" if isinstance(value, int) else fixed(value, 4)


def _relation(relation: Mapping[str, Any], trace: Mapping[str, Any]) -> Iterator[str]:
    form = FORMULAS[relation["kind"]]
    of, against = relation["published"]
    yield "\n".join(
        [
            f"How it is made: {form.format(of=relation['of'], against=relation['against'])}",
            f"  published figures: {form.format(of=of, against=against)}",
            *(
                [f"  ours under {relation['under']}: {_ours(form, relation['ours'])} = {_shown(trace['ours'])}"]
                if relation["ours"]
                else []
            ),
        ]
    )


def _ours(form: str, values: Sequence[int]) -> str:
    return form.format(of=f"{values[0]:,}", against=f"{values[1]:,}")


def _exits(exits: Mapping[str, Any], trace: Mapping[str, Any]) -> str:
    """The share s of images that leave at an exit, so that s x (cost to it) + (1 - s) x (full cost) is published."""
    *early, full = exits["costs"]
    published = f"{trace['published']} {trace['unit']}"
    lines = [
        f"  exit {i}: ({full:,} - {published}) / ({full:,} - {cost:,}) = {share:.4%}"
        for i, (cost, share) in enumerate(zip(early, exits["shares"], strict=True), start=1)
    ]
    return "\n".join([f"Share of images that leaves early for this mean cost, under {exits['under']}:", *lines])


def _counts(one: Mapping[str, Any], trace: Mapping[str, Any]) -> str:
    """The arithmetic of one way of counting."""
    size = f" at {one['size']}²" if one["size"] else ""
    source = f" Source of the convention: {one['convention_source']}." if one["convention_source"] else ""
    title = f"{one['model']}{size} under {one['under']}: {one['doc']}.{source}"
    total = {"part": "sum", "count": None, "price": None, "value": one["value"]}
    columns = [
        column("kind" if trace["metric"] == "flops" else "part", "part"),
        column("count", "count", lambda n: f"{n:,}", right=True),
        column("price", "price", right=True),
        Column("count x price", lambda row: f"{row['value']:,}", right=True),
    ]
    notes = [
        f"{one['source']}, one image, batch 1; by {one['by']}{_libraries(one['libraries'])}.",
        *(f"Without a price: {said}." for said in one["uncounted"]),
    ]
    return render([*one["parts"], total], columns, "table", title=title, notes=notes).rstrip("\n")


def _libraries(versions: Mapping[str, Any]) -> str:
    found = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    return f"; {found}" if found else ""


def _runs(runs: Sequence[Mapping[str, Any]]) -> str:
    """The trainings behind a measured accuracy."""
    lines = ["Trainings of ours:"]
    for run in runs:
        conditions = ", ".join(f"{name} {value}" for name, value in run["conditions"].items())
        lines.append(f"  {run['key']}, seed {run['seed']}: {conditions}")
    return "\n".join(lines)
