"""Counting networks: one model by one counter, and one model by all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from effbench.cost.convention import Convention
from effbench.cost.counts import OpCounts
from effbench.counting.difference import difference
from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError, MissingExtra, UnknownName
from effbench.models.registry import Model, resolve

COUNTERS = ("dispatch", "fvcore", "ptflops", "ptflops_aten", "torch")
DEVICES = {"dispatch": "meta", "torch": "meta", "ptflops_aten": "meta", "fvcore": "cpu", "ptflops": "cpu"}
"""Where each counter runs unless told otherwise: on meta where it is right there, else on the CPU."""


def count_by_pass(
    name: str, size: int | None, convention: Convention, *, backward: bool, strict: bool
) -> tuple[list[dict[str, Any]], dict[str, OpCounts], list[str]]:
    """Our counter on the model's network, on the meta device.

    Returns:
        One row per pass (forward, backward, recomputed), priced; the counts behind the rows; operators without a price.
    """
    model = resolve(name).at_size(size)
    found = counted_network(model, backward=backward, strict=strict)
    passes = {"forward": found.forward, "backward": found.backward, "recomputed": found.recomputed}
    counts = {label: value for label, value in passes.items() if value is not None}
    rows = [
        {
            **_identity(model),
            "counter": "dispatch",
            "device": "meta",
            "pass": label,
            "convention": convention.name,
            "value": int(convention.total(value)),
            "unit": convention.unit,
            "params": int(found.forward.params),
            "uncounted": len(found.uncounted),
            "source": "counted",
        }
        for label, value in counts.items()
    ]
    unpriced = [f"{u.times} x {u.op} in {u.path or '(model)'} on {list(u.shapes)}" for u in found.uncounted]
    return rows, counts, unpriced


def tool_count(name: str, size: int | None, counter: str, device: str | None = None) -> dict[str, Any]:
    """Another tool's count as it reports it, with its version and what it says it left out."""
    model = resolve(name).at_size(size)
    try:
        from effbench.counting.counters.adapters import ADAPTERS
        from effbench.counting.counters.networks import network_and_image
    except ImportError as error:
        raise MissingExtra(f"counting with {counter}", error.name or "torch", "measure") from None
    if counter not in ADAPTERS:
        raise UnknownName("counter", counter, COUNTERS)
    place = device or DEVICES[counter]
    network, image = network_and_image(model, place)
    found = ADAPTERS[counter](network, (image,))
    return {
        **_identity(model),
        "counter": counter,
        "device": place,
        "pass": "forward",
        "convention": None,
        "value": found.value,
        "unit": found.unit,
        "params": sum(p.numel() for p in network.parameters()),
        "uncounted": len(found.uncounted),
        "source": "counted",
        "by": f"{found.tool} {found.version}",
        "said": "; ".join(found.uncounted),
    }


def crosscheck(names: Sequence[str], size: int | None, convention: Convention) -> list[dict[str, Any]]:
    """Formula, our counter and every other tool on each model, and why they differ.

    ``value`` is what the tool reports, in ``unit``; ``expected`` is our count under ``convention``. A tool that cannot
    run is a row with its reason and no value.
    """
    return [row for name in names for row in _crosschecked(resolve(name).at_size(size), convention)]


def _crosschecked(model: Model, convention: Convention) -> list[dict[str, Any]]:
    counts = counted_network(model).forward
    expected = int(convention.total(counts))
    ours = {"value": expected, "unit": convention.unit, "params": int(counts.params)}
    rows = [{**_identity(model), "counter": "dispatch", "device": "meta", **ours}]
    if model.has_formula:
        by_formula = model.cost()
        value = {"value": int(convention.total(by_formula)), "unit": convention.unit, "params": int(by_formula.params)}
        rows.insert(0, {**_identity(model), "counter": "formula", "device": "-", **value})
    for counter in COUNTERS[1:]:
        try:
            rows.append(tool_count(model.name, model.spec.image_size, counter))
        except EffbenchError as error:
            rows.append({**_identity(model), "counter": counter, "device": DEVICES[counter], "reason": str(error)})
    return [_explained(row, counts, convention, expected) for row in rows]


def _explained(row: dict[str, Any], counts: OpCounts, convention: Convention, expected: int) -> dict[str, Any]:
    if row.get("value") is None:
        return {**row, "value": None, "expected": expected, "verdict": "did not run", "why": row["reason"]}
    if (row["value"], row["unit"]) == (expected, convention.unit):
        return {**row, "expected": expected, "verdict": "equal", "why": ""}
    found = difference(row["value"], row["unit"], counts, convention)
    return {**row, "expected": expected, "verdict": found.verdict, "why": found.why}


def _identity(model: Model) -> dict[str, Any]:
    return {"model": model.name, "size": model.spec.image_size}
