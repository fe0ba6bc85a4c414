"""Verdicts on published figures with their evidence, for the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effbench.claims.audit import audit
from effbench.claims.finding import Finding
from effbench.claims.paper import Paper
from effbench.claims.ratios import shipped
from effbench.claims.speedups import Speedup, speedups
from effbench.claims.verdict import Verdict
from effbench.claims.wording import command, stand


@dataclass(frozen=True)
class ClaimRow:
    """A claim and what was found, for the page."""

    about: Paper
    found: Verdict

    def plain(self) -> dict[str, object]:
        """What the page has of it; ``readings``: [way of counting, image side, value, match] of all that was tried."""
        claim, v = self.found.claim, self.found
        return {
            "paper": claim.paper,
            "id": claim.id,
            "where": claim.where,
            "row": claim.row,
            "column": claim.column,
            "metric": claim.metric,
            "printed": claim.text,
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
            "command": command(self.about, v),
        }


@dataclass(frozen=True, kw_only=True)
class AuditData:
    """Everything of the audit that the page shows: fields are the names in its data."""

    claims: Sequence[ClaimRow]
    findings: Sequence[Finding]
    speeds: Sequence[Speedup]


def audit_data(papers: Sequence[Paper]) -> AuditData:
    """Claims with verdicts, what does not fit together inside a paper, and claims of speed, of all papers."""
    ratios = shipped(papers)
    return AuditData(
        claims=[ClaimRow(about, v) for about in papers for v in audit(about).verdicts.values()],
        findings=[finding for about in papers for finding in audit(about).findings],
        speeds=[row for about in papers for row in speedups(about, ratios)],
    )
