"""Cost of registered models, by formula or counted, as records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from effbench.cost.convention import Convention
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import KINDS, PARAM
from effbench.cost.memory import peak_activation_bytes
from effbench.counting.operations import Operations, operations
from effbench.counting.records import Record
from effbench.errors import SpecError
from effbench.models.registry import Model, resolve

MAX_BATCH = 1_048_576


def cost_records(
    names: Sequence[str], sizes: Iterable[int] | None, conventions: Sequence[Convention], batch: int = 1
) -> list[Record]:
    """One record per model, size and convention.

    Args:
        names: registry names.
        sizes: image sides in pixels; None for each model's own.
        conventions: what to count.
        batch: images; multiplies operations and activations, not parameters.

    Raises:
        EffbenchError: an unknown name, or a size one of the models cannot have; before anything is computed.
    """
    if not 1 <= batch <= MAX_BATCH:
        raise SpecError(f"batch must be between 1 and {MAX_BATCH}, got {batch}")
    wanted = list(sizes) if sizes is not None else [None]
    models = [resolve(name).at_size(size) for name in names for size in wanted]
    return [record for model in models for record in _records(model, conventions, batch)]


def _records(model: Model, conventions: Sequence[Convention], batch: int) -> list[Record]:
    found = operations(model.name, model.spec.image_size)
    return [_record(model, found, convention, batch) for convention in conventions]


def _record(model: Model, found: Operations, convention: Convention, batch: int) -> Record:
    """The cost of ``batch`` images under one convention, with parameters and peak activation memory beside it.

    Peak memory is known from formulas alone: None for a counted network.
    """
    counts = found.counts
    return Record(
        model=model.name,
        metric="cost",
        value=int(convention.total(counts.batch(batch))),
        unit=convention.unit,
        source=found.source,
        by=found.by,
        size=model.spec.image_size,
        batch=batch,
        convention=convention.name,
        also={
            "params": int(convention.in_scope(counts).params),
            "params_total": int(counts.params),
            "peak_activation_bytes": peak_activation_bytes(counts, batch=batch) if counts.live else None,
            "uncounted": len(found.uncounted),
        },
    )


def by_kind(record: Record, convention: Convention) -> list[dict[str, Any]]:
    """The record taken apart by operation kind, priced or not; values add up to the record's."""
    counts = convention.in_scope(_counts(record)).batch(record.batch).by_kind()
    return [
        {
            **_identity(record),
            "kind": kind,
            "count": counts[kind],
            "price": convention.price.get(kind, 0),
            "value": counts[kind] * convention.price.get(kind, 0),
            "doc": KINDS[kind],
        }
        for kind in KINDS
        if counts.get(kind) and kind != PARAM
    ]


def by_module(record: Record, convention: Convention, depth: int) -> list[dict[str, Any]]:
    """The record taken apart by module, paths cut to ``depth`` names; values add up to the record's."""
    parts = convention.in_scope(_counts(record)).batch(record.batch).by_module(depth)
    return [
        {
            **_identity(record),
            "module": path or "(model)",
            "value": (value := int(convention.total(part))),
            "share": value / record.value if record.value else 0.0,
            "params": int(part.params),
        }
        for path, part in parts.items()
    ]


def _counts(record: Record) -> OpCounts:
    return operations(record.model, record.size).counts


def _identity(record: Record) -> dict[str, Any]:
    row = record.as_row()
    return {key: row[key] for key in ("model", "size", "batch", "convention", "unit", "source")}
