"""One published figure against every convention."""

from __future__ import annotations

from math import inf
from typing import Any

from effbench.claims.readings import cost_readings
from effbench.cost.convention import convention
from effbench.models.registry import resolve
from effbench.stats.printed import parse_figure


def explain(name: str, size: int | None, value: str) -> list[dict[str, Any]]:
    """A row per convention, those that give the printed digits first, then by distance.

    Args:
        name: registry name. size: image side, None for the model's own.
        value: the figure as printed, e.g. ``"14.492G"``.
    """
    figure = parse_figure(value)
    side = resolve(name).at_size(size).spec.image_size
    rows = [
        {
            "convention": reading.under,
            "value": reading.value,
            "match": reading.match,
            "ratio": reading.ratio(figure),
            "unit": convention(reading.under).unit,
            "model": name,
            "size": side,
            "published": value,
            "doc": convention(reading.under).doc,
        }
        for reading in cost_readings(name, figure, [side])
    ]
    order = ("exact", "rounded", "truncated", "off")
    return sorted(rows, key=lambda row: (order.index(row["match"]), abs((row["ratio"] or inf) - 1)))
