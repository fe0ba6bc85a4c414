"""The audit of a paper for a terminal: every figure with its verdict, inconsistencies, claims of speed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from effbench.claims.across import across
from effbench.claims.audit import audit
from effbench.claims.paper import Paper
from effbench.claims.relations import APPROXIMATE
from effbench.claims.speedups import Speedup
from effbench.claims.verdict import Verdict
from effbench.claims.wording import ours_in_words
from effbench.profiling.table import condition_notes
from effbench.render.table import Column, of, render
from effbench.stats.summary import LEVEL


def listing(about: Paper, speedups: Sequence[Speedup], style: str, *, every: bool) -> str:
    """The paper's section of ``effbench claims``; ``every``: also the figures that were not checked."""
    found = audit(about)
    verdicts = list(found.verdicts.values())
    unchecked = Counter(v.detail for v in verdicts if v.outcome == "not checked")
    shown = [v for v in verdicts if every or v.outcome != "not checked"]
    notes = [
        *(f"not checked, {reason}: {count}" for reason, count in unchecked.items()),
        f"Inconsistencies found: {len(found.findings)}",
        *(f"  {i}. {one.where} [{one.kind}]: {one.text}." for i, one in enumerate(found.findings, start=1)),
    ]
    title = f"{about.title} ({about.url}, {about.version})"
    table = render(shown, COLUMNS, style, title=title, notes=notes)
    return f"{table}\n{_speeds(speedups, style)}" if speedups else table


def listing_across(papers: Sequence[Paper]) -> list[str]:
    """What two of the papers print differently of one system, as a part of the text; empty where nothing is."""
    found = across(papers)
    lines = [f"  {i}. {one.paper}, {one.where}: {one.text}." for i, one in enumerate(found, start=1)]
    return ["\n".join([f"Printed differently in two papers: {len(found)}", *lines])] if found else []


def _speeds(rows: Sequence[Speedup], style: str) -> str:
    """Speed, claimed, predicted and measured, one line a measurement."""
    notes = [
        f"holds: the whole {LEVEL:.0%} interval lies within {float(APPROXIMATE):.1%} of the saving that the figure "
        "claims, which is of another machine, or of FLOPs and not of time.",
        "predicted: multiply-accumulates alone, of a training step those of the backward pass with them; frozen parts "
        "have none there.",
        *(f"{_name(row)}: {row.test.note}." for row in rows),
        *(f"{_name(row)}: not predicted: {row.not_predicted}" for row in rows if row.not_predicted),
        *(_under(row) for row in rows),
    ]
    title = "Speed: in x times as fast, in % of the time"
    return render(rows, SPEED_COLUMNS, style, title=title, notes=list(dict.fromkeys(notes)))


def _name(row: Speedup) -> str:
    return f"{row.test.model}, {row.test.task}"


def _under(row: Speedup) -> str:
    """How a row was measured, or how to measure it."""
    test, ratio = row.test, row.ratio
    if ratio is None:
        how = f"--size {test.size} --task {test.task} --relative-to {test.against}"
        command = f"effbench profile {test.against} {test.model} {how} --journal FILE.jsonl"
        shows = " ".join(["effbench claims", *row.paper.options, "--measurements FILE.jsonl"])
        return f"{_name(row)}: not measured: {command}; {shows}"
    sets = "one set" if ratio.sets == 1 else f"{ratio.sets} sets"
    moved = "" if ratio.steady else ", not steady after warm-up"
    (under,) = condition_notes(ratio.conditions, ratio.threads)
    return (
        f"{_name(row)}, {ratio.device}, {ratio.dtype}, batch {ratio.batch}: {sets} in lock-step by "
        f"{ratio.clock} time{moved}, ended {ratio.ended}. {under}"
    )


def _measured(row: Speedup) -> str:
    ends = "" if row.interval is None else f" [{', '.join(map(row.figure.number, row.interval))}]"
    return row.figure.in_unit(row.measured) + ends


def _evidence(v: Verdict) -> str:
    at = f"{v.under}, {v.size}²" if v.size else v.under or ""
    return "; ".join(part for part in (at, v.detail, v.claim.read_as) if part)


COLUMNS: list[Column[Verdict]] = [
    of("where", lambda v: v.claim.where),
    of("figure", lambda v: " / ".join(part for part in (v.claim.row, v.claim.column) if part)),
    of("printed", lambda v: v.claim.text, right=True),
    Column("ours", ours_in_words, right=True),
    of("verdict", lambda v: v.outcome),
    Column("under, at, because", _evidence),
]

SPEED_COLUMNS: list[Column[Speedup]] = [
    of("where", lambda row: row.where),
    of("time of", lambda row: f"{row.test.model} against {row.test.against}"),
    of("doing", lambda row: f"{row.test.task}, {row.test.size}²"),
    of("claimed", lambda row: row.figure.text, right=True),
    of("predicted from MACs", lambda row: row.figure.in_unit(row.predicted), right=True),
    Column("measured", _measured, right=True),
    of("verdict", lambda row: row.verdict),
]
