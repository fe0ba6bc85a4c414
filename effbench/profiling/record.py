"""One row shape for every number of the suite, whatever made it: formula, counter, clock or paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Source = Literal["analytic", "counted", "measured", "claimed"]


@dataclass(frozen=True, kw_only=True)
class Record:
    """One number and where it comes from.

    Attributes:
        model: registry name.
        metric: what it is, e.g. ``"cost"`` or ``"params"``.
        value: in ``unit``; SI base units and plain counts, never scaled.
        unit: ``"MAC"``, ``"FLOP"``, ``"param"``, ``"byte"``, ``"s"``, ``"image/s"``, ``"J"``, …
        source: which of the four ways it was made.
        by: what made it, with a version.
        size: image side, pixels. batch: images.
        convention: what was counted, where that is a question.
        also: companion numbers of the same object, e.g. parameters beside a cost.
        conditions: what a measurement was made under (``processes.environment``); empty for what no clock made.
    """

    model: str
    metric: str
    value: int | float
    unit: str
    source: Source
    by: str
    size: int
    batch: int = 1
    convention: str | None = None
    also: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def as_row(self) -> dict[str, Any]:
        """A flat mapping: the fields, with ``also`` and, of a measurement, its conditions spread among them."""
        spread = ("also", "conditions")
        row = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in spread}
        return {**row, **self.also, **self.conditions}
