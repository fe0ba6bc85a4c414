"""Every registered model with its operations at several image sizes, for the page to price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from effbench import __version__
from effbench.cost.counts import OpCounts
from effbench.cost.memory import peak_activation_bytes
from effbench.errors import SpecError
from effbench.gate.snapshot import Entry, Snapshot, Tally
from effbench.models.registry import Model, named_models, resolve
from effbench.report.data.conventions import Group, groups
from effbench.report.data.sizes import OFFERED, Sizes, counted_by


@dataclass(frozen=True)
class Priced:
    """A model at one image side: its operations (``conventions.groups``), for the page to price.

    Attributes:
        peak: bytes of activations of one image in fp32, by formula alone.
    """

    groups: Sequence[Group]
    peak: int | None = None


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """A model of the registry on the page: fields are the names in its data.

    Attributes:
        described: what says how it is built. size: its own image side, pixels. by: who knows its operations.
        uncounted: operators without a price. exits: 1 for a network that images leave at its end alone.
        sizes: image side -> operations. absent: image side -> why they are not known.
    """

    name: str
    family: str
    described: str
    papers: Sequence[str]
    size: int
    classes: int
    source: str
    by: str
    uncounted: Sequence[str]
    exits: int
    sizes: Mapping[str, Priced]
    absent: Mapping[str, str]


Found = tuple[dict[str, Priced], dict[str, str]]
"""Fields ``sizes`` and ``absent`` of a row."""


def model_rows(snapshot: Snapshot, sizes: Sizes) -> list[ModelRow]:
    """One row per model of the registry.

    Args:
        snapshot: counts of networks at their own sizes. sizes: at others.
    """
    return [_row(resolve(name), snapshot, sizes) for name in named_models()]


def _row(model: Model, snapshot: Snapshot, sizes: Sizes) -> ModelRow:
    entry, by_formula = snapshot.entries.get(model.name), model.has_formula
    known, absent = _by_formula(model) if by_formula else _by_count(model, entry, sizes)
    return ModelRow(
        name=model.name,
        family=model.entry.family.name,
        described=model.entry.family.source,
        papers=model.entry.papers,
        size=model.spec.image_size,
        classes=model.spec.num_classes,
        source="analytic" if by_formula else "counted",
        by=f"formula, effbench {__version__}" if by_formula else _by(snapshot, sizes),
        uncounted=sorted(entry.uncounted) if entry else [],
        exits=len(model.branches()) if by_formula else 1,
        sizes=known,
        absent=absent,
    )


def _by(snapshot: Snapshot, sizes: Sizes) -> str:
    """Who counted the networks: at their own sizes, and, where that differs, at others."""
    own = counted_by(snapshot.libraries)
    return own if sizes.by in ("", own) else f"{own}; at other sizes: {sizes.by}"


def _by_formula(model: Model) -> Found:
    known: dict[str, Priced] = {}
    absent: dict[str, str] = {}
    for size in _offered(model):
        try:
            counts = model.at_size(size).cost()
        except SpecError as error:
            absent[str(size)] = str(error)
        else:
            known[str(size)] = Priced(groups(counts), peak_activation_bytes(counts) if counts.live else None)
    return known, absent


def _by_count(model: Model, entry: Entry | None, sizes: Sizes) -> Found:
    """From the snapshot at the model's own size, from the counts by size at others."""
    offered = _offered(model)
    found = {size: sizes.counts[model.name, size] for size in offered if (model.name, size) in sizes.counts}
    if entry is not None and entry.network is not None:
        found[entry.size] = untallied(entry.network)
    reasons = {size: sizes.absent.get((model.name, size), NOT_COUNTED) for size in offered if size not in found}
    known = {str(size): Priced(groups(found[size])) for size in offered if size in found}
    return known, {str(size): reason for size, reason in reasons.items()}


NOT_COUNTED = "no formula, and no committed count of its network at this size"


def untallied(found: Tally) -> OpCounts:
    """Counts by module pattern, which every convention sees as it sees the modules themselves."""
    items = ((path, kind, n) for path, by_kind in found.modules.items() for kind, n in by_kind.items())
    return OpCounts({(path, kind): n for path, kind, n in items})


def _offered(model: Model) -> Iterable[int]:
    return dict.fromkeys((model.spec.image_size, *OFFERED))
