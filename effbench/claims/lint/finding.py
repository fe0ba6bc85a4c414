"""What lint reports about a table."""

from __future__ import annotations

from dataclasses import dataclass

UNDECIDABLE = "undecidable"
"""Not a fault: what cannot be told, and why."""


@dataclass(frozen=True, kw_only=True)
class LintFinding:
    """One finding.

    Attributes:
        row, column: as printed; an empty row is the whole column, an empty column the whole table or row.
        finding: ``convention``, ``rounding``, ``copied``, ``swapped``, ``unit``, ``size``, ``off``, ``arithmetic`` or
            ``undecidable``.
        printed: the cell. ours: our value in base units, or the computed percentage; None without one.
        convention: how the column is counted; empty where that is not known.
        text: a sentence.
    """

    row: str
    column: str
    finding: str
    printed: str
    ours: int | float | None
    convention: str
    text: str

    @property
    def is_fault(self) -> bool:
        """Whether something is wrong, or cannot be told."""
        return self.finding != UNDECIDABLE


@dataclass(frozen=True, kw_only=True)
class ColumnReport:
    """How a column is counted. Attributes: convention: empty where it cannot be told; holding, figures: how many."""

    column: str
    quantity: str
    convention: str
    rule: str
    holding: int
    figures: int
