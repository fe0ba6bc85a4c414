"""A paper audited: our verdict on every claim, what does not fit together, and our value beside each figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from effbench.claims.consistency import findings
from effbench.claims.finding import Finding
from effbench.claims.judge import verdicts
from effbench.claims.paper import Claim, Paper
from effbench.claims.ranking import Place, ranking
from effbench.claims.relations import value_of
from effbench.claims.verdict import Verdict
from effbench.counting.operations import operations


@dataclass(frozen=True)
class Ours:
    """A value of ours: exact, in base units; of a relation, in the claim's unit. under: convention or scope."""

    value: int | Fraction
    under: str
    source: str

    @property
    def plain_value(self) -> int | float:
        """As JSON holds it."""
        return self.value if isinstance(self.value, int) else float(round(self.value, 9))


@dataclass(frozen=True, kw_only=True, eq=False)
class Audit:
    """What an audit of a paper finds.

    Attributes:
        verdicts: claim id -> our verdict, in the order of the paper. findings: its inconsistencies.
        usual: place -> the way of counting that explains most figures there.
    """

    paper: Paper
    verdicts: Mapping[str, Verdict]
    findings: tuple[Finding, ...]
    usual: Mapping[Place, str]

    def usual_of(self, claim: Claim) -> str | None:
        """The way of counting of the claim's table; None where none was tried."""
        return self.usual.get((claim.where, claim.metric))

    def ours(self, claim: Claim) -> Ours | None:
        """Our value of a figure, counted like most of its table, or of a relation between two; None without one."""
        if claim.relation is not None:
            return self._relation(claim)
        verdict, under = self.verdicts[claim.id], self.usual_of(claim)
        found = [r for r in verdict.readings if r.under == under and r.size == verdict.size]
        if not found or under is None:
            return None
        return Ours(found[0].value, under, operations(claim.counted_model, verdict.size).source)

    def _relation(self, claim: Claim) -> Ours | None:
        if claim.of is None or claim.against is None or claim.relation == "greater":
            return None
        of, against = (self.ours(self.paper.claim(id)) for id in (claim.of, claim.against))
        if of is None or against is None or of.under != against.under:
            return None
        value = value_of(str(claim.relation), Fraction(of.value), Fraction(against.value))
        return Ours(value, of.under, " and ".join(dict.fromkeys((of.source, against.source))))


@cache
def audit(paper: Paper) -> Audit:
    """The audit of a paper, made once."""
    found = verdicts(paper)
    return Audit(
        paper=paper,
        verdicts={v.claim.id: v for v in found},
        findings=tuple(findings(paper, found)),
        usual={place: order[0] for place, order in ranking(paper).orders.items() if order},
    )
