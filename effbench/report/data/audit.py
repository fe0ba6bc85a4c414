"""Verdicts on published figures with their evidence, for the page."""

from __future__ import annotations

import shlex
from typing import Any

from effbench.claims.consistency import findings
from effbench.claims.load import PAPERS, Claim, paper
from effbench.claims.measured_ratios import measurements, shipped
from effbench.claims.measured_speed import speed_rows
from effbench.claims.verdict import HOLDS, Verdict, verdicts

AGAINST = ("off", "contradicts")


def audit_data() -> dict[str, Any]:
    """``claims``, ``findings`` (what does not fit together inside a paper) and ``speeds`` of all papers."""
    papers = [paper(key) for key in PAPERS]
    judged = {about.key: verdicts(about) for about in papers}
    ratios = [one for path in shipped() for one in measurements(path)]
    return {
        "claims": [_claim(v) for found in judged.values() for v in found],
        "findings": [
            {"paper": f.paper, "where": f.where, "kind": f.kind, "text": f.text, "claims": list(f.claims)}
            for about in papers
            for f in findings(about, judged[about.key])
        ],
        "speeds": [_speed(row) for about in papers for row in speed_rows(about, ratios)],
    }


def _claim(v: Verdict) -> dict[str, Any]:
    claim = v.claim
    return {
        "paper": claim.paper,
        "id": claim.id,
        "where": claim.where,
        "row": claim.row,
        "column": claim.column,
        "metric": claim.metric,
        "printed": f"{claim.printed} {claim.unit}".strip() or "in words",
        "model": claim.model,
        "verdict": v.outcome,
        "stand": stand(v.outcome),
        "ours": None if v.ours is None else float(v.ours),
        "relation": claim.relation,
        "unit": claim.unit,
        "under": v.under,
        "size": v.size,
        "ratio": v.ratio,
        "detail": v.detail,
        "readings": [[r.under, r.size, r.value, r.match] for r in v.readings],
        "command": command(claim, v.size),
    }


def stand(outcome: str) -> str:
    """``holds``, ``against`` or ``open``: which way a verdict speaks."""
    if outcome in HOLDS:
        return "holds"
    return "against" if outcome in AGAINST else "open"


def command(claim: Claim, size: int | None) -> str:
    """What shows the verdict: the readings of one figure, or the paper's audit."""
    if claim.metric == "flops" and claim.relation is None and claim.model and claim.unit in ("k", "M", "G") and size:
        value = f"{claim.digits}{claim.unit}"
        return shlex.join(["effbench", "explain", claim.model, "--size", str(size), "--value", value])
    return f"effbench claims --paper {claim.paper} --all"


def _speed(row: dict[str, Any]) -> dict[str, Any]:
    told = ("paper", "where", "model", "against", "task", "size", "metric", "claimed", "printed", "unit", "predicted")
    measured = ("not_predicted", "detail", "claims", "measured", "low", "high", "outcome", "verdict")
    under = ("batch", "dtype", "mode", "device", "threads", "clock", "sets", "steady", "ended")
    machine = ("cpu", "cores", "accelerator", "system", "libraries", "commit", "dirty", "load")
    return {key: row[key] for key in (*told, *measured, *under, *machine)}
