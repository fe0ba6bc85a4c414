"""What we find about one claim."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from effbench.claims.paper import Claim
from effbench.claims.readings import Reading, figure_of
from effbench.render.plain import plain


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What we find about one claim.

    Attributes:
        claim: the published figure.
        outcome: ``exact``, ``rounded``, ``truncated`` (our count prints as the figure), ``follows`` (from the paper's
            figures), ``about`` (called approximate, and near), ``implies`` (a possible exit share), ``off``,
            ``contradicts`` (the paper's own figures), ``no limit`` (in words that name none), or ``not checked``.
        ours: our value in base units, where there is one; for relations in the claim's unit.
        under: convention or parameter scope of ``ours``. size: image side of ``ours``.
        detail: a sentence, where the outcome needs one.
        shares: of early-exit figures, the share of images that would leave at each early exit if all left there.
        alike: of a relation between two figures that hold under different conventions: its value if both are counted
            under that of ``against``.
        readings: every way of counting that was tried.
    """

    claim: Claim
    outcome: str
    ours: int | Fraction | None = None
    under: str | None = None
    size: int | None = None
    detail: str = ""
    shares: tuple[float, ...] = ()
    alike: Fraction | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether a count of ours prints as the figure."""
        return self.outcome in ("exact", "rounded", "truncated")

    @property
    def ratio(self) -> float | None:
        """Ours over the printed figure."""
        if self.ours is None or not self.claim.digits or not figure_of(self.claim).value:
            return None
        return float(self.ours / figure_of(self.claim).value)

    def plain(self) -> dict[str, object]:
        """Claim and verdict as JSON and CSV hold them: a row of the kind ``figure``."""
        published = {name: value for name, value in plain(self.claim).items() if name not in ("of", "against")}
        return {
            "record": "figure",
            **published,
            "verdict": self.outcome,
            "ours": self.ours if self.ours is None or isinstance(self.ours, int) else float(self.ours),
            "under": self.under,
            "at_size": self.size,
            "ratio": self.ratio,
            "implied_shares": list(self.shares),
            "detail": self.detail,
            "kind": None,
            "claims": [self.claim.id],
        }
