"""A paper's claims, our verdict on each, and what does not fit together, as rows."""

from __future__ import annotations

import dataclasses
from typing import Any

from effbench.claims.consistency import Finding, findings
from effbench.claims.load import Paper
from effbench.claims.verdict import Verdict, verdicts


def audit_rows(paper: Paper) -> list[dict[str, Any]]:
    """One row per claim (``record`` = figure), then one per inconsistency (``record`` = inconsistency)."""
    found = verdicts(paper)
    return [*(_figure(v) for v in found), *(_inconsistency(f) for f in findings(paper, found))]


def _figure(v: Verdict) -> dict[str, Any]:
    published = {key: value for key, value in dataclasses.asdict(v.claim).items() if key not in ("of", "against")}
    return {
        "record": "figure",
        **published,
        "verdict": v.outcome,
        "ours": v.ours if v.ours is None or isinstance(v.ours, int) else float(v.ours),
        "under": v.under,
        "at_size": v.size,
        "ratio": v.ratio,
        "implied_shares": list(v.shares),
        "detail": v.detail,
        "kind": None,
        "claims": [v.claim.id],
    }


def _inconsistency(f: Finding) -> dict[str, Any]:
    return {
        "record": "inconsistency",
        "paper": f.paper,
        "where": f.where,
        "kind": f.kind,
        "detail": f.text,
        "claims": list(f.claims),
    }
