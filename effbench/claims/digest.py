"""The audit as Markdown: each efficiency claim, where it stands, what was found, the command that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from effbench.claims.across import across
from effbench.claims.audit import audit
from effbench.claims.finding import Finding
from effbench.claims.paper import Claim, Paper
from effbench.claims.ranking import ranking
from effbench.claims.ratios import Ratio
from effbench.claims.speedups import Speedup, speedups
from effbench.claims.verdict import Verdict
from effbench.claims.wording import audit_command, command, group_and_sentence, ours_in_words
from effbench.cost.convention import convention
from effbench.render.sheet import Cell
from effbench.render.table import Column, of, render
from effbench.render.text import MARKUP

EFFICIENCY = ("flops", "params", "tokens", "training_hours")
"""Metrics of the claims that are listed; accuracies are counted."""


@dataclass(frozen=True)
class Judged:
    """A claim and what was found: the verdict, how the summary counts it, and in a sentence; command: shows it."""

    verdict: Verdict
    group: str
    found: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What a paper's efficiency claims come to. accuracies: how many other claims there are, which are not listed."""

    paper: Paper
    judged: Sequence[Judged]
    findings: Sequence[Finding]
    speedups: Sequence[Speedup]
    accuracies: int


def digest(about: Paper, measured: Sequence[Ratio]) -> Digest:
    """One paper: its efficiency claims judged, what does not fit together, its claims of speed."""
    found = audit(about)
    shown = [v for v in found.verdicts.values() if v.claim.metric in EFFICIENCY]
    return Digest(
        paper=about,
        judged=[Judged(v, *group_and_sentence(about, v), command(about, v)) for v in shown],
        findings=found.findings,
        speedups=speedups(about, measured),
        accuracies=len(about.claims) - len(shown),
    )


HEAD = """\
# The efficiency claims of the papers

Made by `effbench claims --page` from the claims as printed (`effbench/claims`), our counts and the committed
measurements; nothing here was typed by hand. A figure "holds" where our count, rounded or cut off, prints as the
published digits under the convention named (`effbench flops --convention all` shows what each counts), at one image
size for a whole row; a column is held to one rounding rule, and figures that need the other one are named. A
percentage, a factor or an ordering "follows" where the printed figures that it is made of give it. "Possible" is the
cost of a network with early exits that some share of images leaving early would give. What may be a slip is a figure
that no way of counting gives, but another row, quantity or image size does; that it is one is a guess. "Read" says how
words were read, or what was taken for a model, where a paper leaves it open. Accuracies need the data sets and a
training: they are not measured here, and what a text says of them is held against the accuracies that the paper
prints."""


def markdown(papers: Sequence[Digest]) -> str:
    """The whole page, ending in a newline."""
    between = across([one.paper for one in papers])
    listed = "\n".join(f"- {f.text.translate(MARKUP)}." for f in between)
    last = [f"## The same system in two papers\n\n{listed}"] if between else []
    return "\n\n".join([HEAD, *(part for one in papers for part in _paper(one)), *last]) + "\n"


def _paper(one: Digest) -> Iterator[str]:
    yield f"## {one.paper.title}"
    yield f"[{one.paper.url}]({one.paper.url}), {one.paper.version}. {one.paper.note}"
    yield _summary(one)
    if one.findings:
        listed = "\n".join(f"- {f.where} ({f.kind}): {f.text.translate(MARKUP)}." for f in one.findings)
        yield f"### What does not fit together\n\n{listed}"
    yield f"### Every efficiency claim\n\n{render(one.judged, CLAIM_COLUMNS, 'markdown').rstrip()}"
    if one.speedups:
        note = "Shown, with the conditions of every measurement, by"
        shows = f"{note} `{audit_command(one.paper).removesuffix(' --all')}`."
        yield f"### Speed\n\n{render(one.speedups, SPEED_COLUMNS, 'markdown', notes=[shows]).rstrip()}"


def _summary(one: Digest) -> str:
    groups = Counter(claim.group for claim in one.judged)
    listed = [f"- {group}: {count}" for group, count in groups.most_common()]
    shows = f"`{audit_command(one.paper)}`"
    accuracies = f"- accuracies and their orderings, not listed: {one.accuracies} ({shows})"
    return "\n".join([f"{len(one.judged)} efficiency claims:", "", *listed, accuracies, *_usual(one.paper)])


def _usual(about: Paper) -> Iterator[str]:
    """What the paper's word for cost stands for, MACs or two operations each, where it prints a cost we can count."""
    found = ranking(about)
    if any(metric == "flops" for _, metric in found.orders):
        usual = convention(found.usual)
        yield f"- costs are counted mostly as `{usual.name}`, in {usual.unit}s: {usual.doc.translate(MARKUP)}"


def _what(claim: Claim) -> str:
    return f"{claim.row} / {claim.column}" if claim.in_table else f"{claim.system}: {claim.row}"


def _interval(row: Speedup) -> str:
    ends = "" if row.interval is None else f" [{', '.join(map(row.figure.in_unit, row.interval))}]"
    return row.figure.in_unit(row.measured) + ends


CLAIM_COLUMNS: list[Column[Judged]] = [
    of("where", lambda one: one.verdict.claim.where),
    of("claim", lambda one: _what(one.verdict.claim)),
    of("printed", lambda one: one.verdict.claim.quoted, right=True),
    of("ours", lambda one: ours_in_words(one.verdict), right=True),
    of("found", lambda one: one.found),
    Column("command", lambda one: Cell(one.command, code=True)),
]

SPEED_COLUMNS: list[Column[Speedup]] = [
    of("where", lambda row: row.where),
    of("time of", lambda row: f"{row.test.model} against {row.test.against}, {row.test.task}, {row.test.size}²"),
    of("claimed", lambda row: row.figure.text, right=True),
    of("predicted from MACs", lambda row: row.figure.in_unit(row.predicted), right=True),
    Column("measured", _interval, right=True),
    of("found", lambda row: row.verdict),
]
