"""Every registered model with its operations at several image sizes, for the page to price."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from effbench import __version__
from effbench.cost.counts import OpCounts
from effbench.cost.memory import peak_activation_bytes
from effbench.errors import SpecError
from effbench.gate.snapshot import Entry, Snapshot, Tally
from effbench.models.registry import Model, named_models, resolve
from effbench.report.data.conventions import groups
from effbench.report.data.sizes import OFFERED, Sizes, counted_by


def model_rows(snapshot: Snapshot, sizes: Sizes) -> list[dict[str, Any]]:
    """One row per model of the registry.

    ``sizes`` of a row holds, by image side, ``groups`` of operations (``conventions.groups``) and ``peak``, bytes of
    activations of one image in fp32, by formula alone; ``absent`` says by image side why there are none.

    Args:
        snapshot: counts of networks at their own sizes. sizes: at others.
    """
    return [_row(resolve(name), snapshot, sizes) for name in named_models()]


def _row(model: Model, snapshot: Snapshot, sizes: Sizes) -> dict[str, Any]:
    family, own = model.entry.family, model.spec.image_size
    entry = snapshot.entries.get(model.name)
    known, absent = _by_formula(model) if model.has_formula else _by_count(model, entry, sizes)
    return {
        "name": model.name,
        "family": family.name,
        "described": family.source,
        "papers": list(model.entry.papers),
        "size": own,
        "classes": model.spec.num_classes,
        "source": "analytic" if model.has_formula else "counted",
        "by": f"formula, effbench {__version__}" if model.has_formula else _by(snapshot, sizes),
        "uncounted": sorted(entry.uncounted) if entry else [],
        "exits": len(model.branches()) if model.has_formula else 1,
        "sizes": known,
        "absent": absent,
    }


def _by(snapshot: Snapshot, sizes: Sizes) -> str:
    """Who counted the networks: at their own sizes, and, where that differs, at others."""
    own = counted_by(snapshot.libraries)
    return own if sizes.by in ("", own) else f"{own}; at other sizes: {sizes.by}"


def _by_formula(model: Model) -> tuple[dict[str, Any], dict[str, str]]:
    known: dict[str, Any] = {}
    absent: dict[str, str] = {}
    for size in _offered(model):
        try:
            counts = model.at_size(size).cost()
        except SpecError as error:
            absent[str(size)] = str(error)
        else:
            peak = peak_activation_bytes(counts) if counts.live else None
            known[str(size)] = {"groups": groups(counts), "peak": peak}
    return known, absent


def _by_count(model: Model, entry: Entry | None, sizes: Sizes) -> tuple[dict[str, Any], dict[str, str]]:
    """From the snapshot at the model's own size, from the counts by size at others."""
    found = {size: sizes.counts[model.name, size] for size in _offered(model) if (model.name, size) in sizes.counts}
    if entry is not None and entry.network is not None:
        found[entry.size] = untallied(entry.network)
    known = {str(size): {"groups": groups(found[size]), "peak": None} for size in _offered(model) if size in found}
    reasons = {size: sizes.absent.get((model.name, size), NOT_COUNTED) for size in _offered(model) if size not in found}
    return known, {str(size): reason for size, reason in reasons.items()}


NOT_COUNTED = "no formula, and no committed count of its network at this size"


def untallied(found: Tally) -> OpCounts:
    """Counts by module pattern, which every convention sees as it sees the modules themselves."""
    items = ((path, kind, n) for path, by_kind in found.modules.items() for kind, n in by_kind.items())
    return OpCounts({(path, kind): n for path, kind, n in items})


def _offered(model: Model) -> Iterable[int]:
    return dict.fromkeys((model.spec.image_size, *OFFERED))
