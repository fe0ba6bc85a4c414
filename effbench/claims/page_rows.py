"""What every efficiency claim comes to, in a sentence, with the command that shows it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from effbench.claims.audit import audit_rows
from effbench.claims.load import Claim, Paper, paper
from effbench.claims.measured_ratios import Measured
from effbench.claims.measured_speed import speed_rows
from effbench.claims.page import About, Judged
from effbench.claims.tables.find import label
from effbench.claims.tables.layout import RowKey, layouts
from effbench.claims.words import Words, statements, told

EFFICIENCY = ("flops", "params", "tokens", "training_hours")
"""Metrics of the claims that are listed; accuracies are counted."""

Row = Mapping[str, Any]

GROUPS = {
    "exact": "holds",
    "rounded": "holds",
    "truncated": "holds",
    "follows": "follows from the paper's own figures",
    "about": "holds about",
    "implies": "possible",
    "off": "holds under no way of counting tried",
    "contradicts": "contradicts the paper's own figures",
    "not checked": "cannot be tested here",
}
"""Outcome -> how the summary counts it."""


def about(key: str, measured: Sequence[Measured]) -> About:
    """One paper: its efficiency claims judged, what does not fit together, its claims of speed."""
    source = paper(key)
    rows = audit_rows(source)
    figures = [row for row in rows if row["record"] == "figure"]
    shown = [row for row in figures if row["metric"] in EFFICIENCY]
    return About(
        title=source.title,
        key=key,
        url=source.url,
        version=source.version,
        note=source.note,
        judged=[_judged(source, row) for row in shown],
        findings=[row for row in rows if row["record"] == "inconsistency"],
        speeds=speed_rows(source, measured),
        accuracies=len(figures) - len(shown),
    )


def _judged(source: Paper, row: Row) -> Judged:
    claim = source.claim(row["id"])
    group, found = _words(claim) or (GROUPS[row["verdict"]], _found(row))
    return Judged(
        where=claim.where,
        what=f"{claim.row} / {claim.column}" if claim.in_table else f"{claim.system}: {claim.row}",
        printed=f"{'about ' if claim.approximate else ''}{claim.printed} {claim.unit}".strip() or "in words",
        ours=row["ours"],
        unit=claim.unit if claim.relation else "",
        group=group,
        found=found,
        command=_command(claim, row),
    )


def _statement(claim: Claim) -> Words | None:
    """What our counts say about, of a statement without a figure; None of any other claim."""
    return next((one for one in statements() if (one.paper, one.claim) == (claim.paper, claim.id)), None)


def _words(claim: Claim) -> tuple[str, str] | None:
    """(group, what our counts say) of a statement without a figure; None of any other claim."""
    words = _statement(claim)
    if words is None:
        return None
    found = told(words)
    outcome = {True: "holds", False: "does not hold", None: "no figure to hold against"}[found.holds]
    return outcome, f"{outcome}: {found.text}"


def _found(row: Row) -> str:
    """The verdict as a sentence."""
    at = f", {row['at_size']}²" if row["at_size"] else ""
    said = {
        "exact": f"holds exactly: {row['under']}{at}",
        "rounded": f"holds, rounded: {row['under']}{at}",
        "truncated": f"holds, cut off: {row['under']}{at}",
        "follows": f"follows from the paper's own figures: {row['detail']}",
        "about": f"holds about: {row['detail']}",
        "implies": f"possible: {row['detail']}",
        "off": f"holds under no way of counting tried; ours: {row['under']}{at}",
        "contradicts": f"contradicts the paper's own figures: {row['detail']}",
        "not checked": f"cannot be tested here: {row['detail']}",
    }[row["verdict"]]
    return f"{said}; {row['detail']}" if row["verdict"] == "off" and row["detail"] else said


def _command(claim: Claim, row: Row) -> str:
    """What shows the claim with its evidence."""
    words = _statement(claim)
    if words is not None:
        size = ["--sizes", str(words.size)] if words.size else []
        models = [*words.models, *words.against]
        return shlex.join(["effbench", "flops", *models, *size, "--convention", words.convention, "--by", "module"])
    for layout in layouts().values():
        if (layout.paper, layout.where) == (claim.paper, claim.where):
            key = RowKey(claim.row, claim.size if layout.side else None)
            return shlex.join(["effbench", "why", layout.key, label(key, layout), claim.column])
    if claim.metric == "flops" and row["at_size"] and claim.model and claim.relation is None:
        figure = f"{claim.digits}{claim.unit}"
        return shlex.join(["effbench", "explain", claim.model, "--size", str(row["at_size"]), "--value", figure])
    return f"effbench claims --paper {claim.paper} --all"
