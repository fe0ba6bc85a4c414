"""Every registered model with its operations at several image sizes, for the page to price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from effbench import __version__
from effbench.cost.counts import OpCounts
from effbench.cost.memory import peak_activation_bytes
from effbench.errors import SpecError
from effbench.gate.snapshot import Entry, Snapshot, Tally
from effbench.registry import Model, named_models, resolve
from effbench.suite.page.conventions import groups

SIZES = (224, 256, 384, 512)
"""Image sides the page offers beside each model's own, pixels: those of the papers' tables."""


def model_rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One row per model of the registry.

    ``sizes`` holds, by image side, ``groups`` of operations (``conventions.groups``) and ``peak``, bytes of activations
    of one image in fp32, by formula alone; ``absent`` says by image side why there are none.
    """
    return [_row(resolve(name), snapshot) for name in named_models()]


def _row(model: Model, snapshot: Snapshot) -> dict[str, Any]:
    family, own = model.entry.family, model.spec.image_size
    entry = snapshot.entries.get(model.name)
    known, absent = _by_formula(model) if model.has_formula else _by_count(model, entry)
    return {
        "name": model.name,
        "family": family.name,
        "described": family.source,
        "papers": list(model.entry.papers),
        "size": own,
        "classes": model.spec.num_classes,
        "source": "analytic" if model.has_formula else "counted",
        "by": f"formula, effbench {__version__}" if model.has_formula else _counter(snapshot.libraries),
        "uncounted": sorted(entry.uncounted) if entry else [],
        "exits": len(model.branches()) if model.has_formula else 1,
        "sizes": known,
        "absent": absent,
    }


def _by_formula(model: Model) -> tuple[dict[str, Any], dict[str, str]]:
    known: dict[str, Any] = {}
    absent: dict[str, str] = {}
    for size in _offered(model):
        try:
            counts = model.at_size(size).cost()
        except SpecError as error:
            absent[str(size)] = str(error)
        else:
            known[str(size)] = {
                "groups": groups(counts),
                "peak": peak_activation_bytes(counts) if counts.live else None,
            }
    return known, absent


def _by_count(model: Model, entry: Entry | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Counted networks stand in the snapshot at their own size."""
    others = [size for size in _offered(model) if entry is None or size != entry.size]
    reason = "not in the snapshot" if entry is None else f"no formula; its network was counted at {entry.size}²"
    absent = {str(size): reason for size in others}
    if entry is None or entry.network is None:
        return {}, absent
    return {str(entry.size): {"groups": groups(untallied(entry.network)), "peak": None}}, absent


def untallied(found: Tally) -> OpCounts:
    """Counts by module pattern, which every convention sees as it sees the modules themselves."""
    items = ((path, kind, n) for path, by_kind in found.modules.items() for kind, n in by_kind.items())
    return OpCounts({(path, kind): n for path, kind, n in items})


def _offered(model: Model) -> Iterable[int]:
    return dict.fromkeys((model.spec.image_size, *SIZES))


def _counter(libraries: Mapping[str, str | None]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in libraries.items() if version)
    return f"network counted on the meta device, effbench {__version__}, {versions}"
