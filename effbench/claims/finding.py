"""Something in a paper that does not fit the rest of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something in a paper that does not fit the rest of it.

    Attributes:
        paper: key. where: place in the paper.
        kind: the check that found it, e.g. ``arithmetic``, ``convention``, ``copied figure`` or ``ordering``.
        text: what is printed and what was found.
        claims: ids of the claims concerned.
    """

    paper: str
    where: str
    kind: str
    text: str
    claims: tuple[str, ...]

    def plain(self) -> dict[str, object]:
        """As JSON and CSV hold it, among the rows of figures: a row of the kind ``inconsistency``."""
        return {
            "record": "inconsistency",
            "paper": self.paper,
            "where": self.where,
            "kind": self.kind,
            "detail": self.text,
            "claims": list(self.claims),
        }
