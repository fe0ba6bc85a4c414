"""Our value beside a published one, always under the convention that explains most of its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from effbench.claims.load import Claim, Paper, paper
from effbench.claims.ranking import ranking
from effbench.claims.readings import READINGS
from effbench.claims.relations import value_of
from effbench.claims.tables.table import PUBLISHED_ONLY
from effbench.claims.verdict import Verdict, verdicts
from effbench.counting.operations import operations
from effbench.errors import EffbenchError, MissingExtra

NOT_COUNTED = "not counted here (needs the measure extra)"


@dataclass(frozen=True)
class Ours:
    """A value of ours: exact, in base units; of a relation, in the claim's unit. under: convention or scope."""

    value: int | Fraction
    under: str
    source: str


@dataclass(frozen=True)
class Audited:
    """A paper with our verdicts. usual: (place, metric) -> the way of counting that explains most figures there."""

    paper: Paper
    verdicts: Mapping[str, Verdict]
    usual: Mapping[tuple[str, str], str]

    def usual_of(self, claim: Claim) -> str | None:
        """The way of counting of the claim's table; None where none was tried."""
        return self.usual.get((claim.where, claim.metric))

    def ours(self, claim: Claim) -> Ours | None:
        """Our value of a figure, or of a relation between two figures of the paper; None where there is none."""
        verdict = self.verdicts[claim.id]
        if claim.relation is not None:
            return self._relation(claim)
        under = self.usual_of(claim)
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
def audited(key: str) -> Audited:
    """The paper of that key with its verdicts."""
    about = paper(key)
    usual = {place: order[0] for place, order in ranking(about).orders.items() if order}
    return Audited(about, {v.claim.id: v for v in verdicts(about)}, usual)


def said(verdict: Verdict) -> str:
    """The verdict in a few words, without the way of counting."""
    claim = verdict.claim
    if verdict.outcome == "implies":
        return f"implies {verdict.detail.removeprefix('early exits: ')}"
    if verdict.outcome != "not checked":
        return verdict.outcome
    if claim.metric not in READINGS:
        return PUBLISHED_ONLY
    return _why_not_counted(verdict)


def _why_not_counted(verdict: Verdict) -> str:
    if verdict.claim.model is not None and verdict.claim.relation is None:
        try:
            operations(verdict.claim.model, verdict.claim.size)
        except MissingExtra:
            return NOT_COUNTED
        except EffbenchError as error:
            return str(error)
    return verdict.detail
