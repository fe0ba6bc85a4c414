"""What models cost under a convention: a row a model, or one for each kind of operation or each module in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

from effbench.cost.convention import Convention
from effbench.cost.counts import grouped
from effbench.cost.kinds import KINDS, PARAM
from effbench.cost.memory import peak_activation_bytes
from effbench.counting.count import Count
from effbench.counting.operations import count_of, counted_of
from effbench.errors import SpecError
from effbench.models.inputs import OWN_BATCH, Input, Side
from effbench.models.registry import resolve
from effbench.models.spec import MAX_BATCH


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The cost of a batch of images under one convention.

    Attributes:
        model, size, batch: what was counted; size: sides of the image in pixels, or the shapes of other inputs.
        metric: what the value is. value: in ``unit``, MAC or FLOP, under ``convention``.
        source, by: how it is known. device: where a network was counted; empty of a formula.
        uncounted: how many operators have no price.
        params: of the modules the convention looks at. params_total: of all.
        peak_activation_bytes: at one moment of inference in fp32; by formula alone, None for a counted network.
    """

    model: str
    metric: str = "cost"
    value: int
    unit: str
    source: str
    by: str
    device: str
    size: Side
    batch: int
    convention: str
    params: int
    params_total: int
    peak_activation_bytes: int | None
    uncounted: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one part of a model is taken from. Attributes: as those of ``Cost``; uncounted: in the whole model."""

    model: str
    size: Side
    batch: int
    convention: str
    unit: str
    source: str
    device: str
    uncounted: int


@dataclass(frozen=True, kw_only=True)
class KindCost(Part):
    """One kind of operation: ``count`` of them at ``price`` each cost ``value``; ``doc`` says what one is."""

    kind: str
    count: int
    price: int
    value: int
    doc: str


@dataclass(frozen=True, kw_only=True)
class ModuleCost(Part):
    """One module and all below it: its cost, the share of the model's cost (0 to 1), and its parameters."""

    module: str
    value: int
    share: float
    params: int


def counts(
    names: Sequence[str], sizes: Iterable[Side] | None, batch: int = 1, inputs: Sequence[Input] = ()
) -> Iterator[Count]:
    """The count of every model at every size, one at a time: none is kept.

    Args:
        names: registry names.
        sizes: image sizes; None for each model's own.
        batch: images; multiplies operations and activations, not parameters.
        inputs: what every network is called with, in the place of images; they have a batch of their own.

    Raises:
        EffbenchError: an unknown name, or a size one of the models cannot have; before anything is counted.
    """
    if not 1 <= batch <= MAX_BATCH:
        raise SpecError(f"batch must be between 1 and {MAX_BATCH}, got {batch}")
    if inputs and batch != 1:
        raise SpecError(OWN_BATCH)
    wanted = list(sizes) if sizes is not None else [None]
    models = [resolve(name, size, inputs) for name in names for size in wanted]
    return (count_of(model, batch) for model in models)


def costs(
    names: Sequence[str],
    sizes: Iterable[Side] | None,
    conventions: Sequence[Convention],
    batch: int = 1,
    inputs: Sequence[Input] = (),
) -> list[Cost]:
    """One row per model, size and convention; arguments and errors as those of ``counts``."""
    return [
        cost(found if convention.holds(found.counts) else as_run(found, inputs), convention)
        for found in counts(names, sizes, batch, inputs)
        for convention in conventions
    ]


def as_run(found: Count, inputs: Sequence[Input] = ()) -> Count:
    """The same model as its network does it, for a convention of calls, which a formula says nothing of."""
    return counted_of(resolve(found.model, found.size, inputs), found.batch)


def cost(found: Count, convention: Convention) -> Cost:
    """The cost under one convention, with parameters and peak activation memory beside it."""
    return Cost(
        model=found.model,
        value=found.total(convention),
        unit=convention.unit,
        source=found.source,
        by=found.by,
        device=found.device,
        size=found.size,
        batch=found.batch,
        convention=convention.name,
        params=int(convention.in_scope(found.counts).params),
        params_total=int(found.counts.params),
        peak_activation_bytes=peak_activation_bytes(found.counts) if found.counts.live else None,
        uncounted=len(found.uncounted),
    )


def by_kind(found: Count, convention: Convention) -> list[KindCost]:
    """The count taken apart by operation kind, priced or not; values add up to its cost."""
    whole = cost(found, convention)
    kinds = grouped(convention.priced(found.counts))
    prices = convention.prices(found.counts)
    place = {field.name: getattr(whole, field.name) for field in fields(Part)}
    order = KINDS if prices is convention.price else sorted(kinds)
    return [
        KindCost(
            **place,
            kind=kind,
            count=int(kinds[kind]),
            price=(price := prices.get(kind, 0)),
            value=int(kinds[kind]) * price,
            doc=KINDS.get(kind, "calls of that name, in the measure that the tool prices"),
        )
        for kind in order
        if kinds.get(kind) and kind != PARAM
    ]


def by_module(found: Count, convention: Convention, depth: int) -> list[ModuleCost]:
    """The count taken apart by module, paths cut to ``depth`` names; values add up to its cost."""
    whole = cost(found, convention)
    place = {field.name: getattr(whole, field.name) for field in fields(Part)}
    return [
        ModuleCost(
            **place,
            module=path or "(model)",
            value=(value := int(convention.total(part))),
            share=value / whole.value if whole.value else 0.0,
            params=int(part.params),
        )
        for path, part in convention.in_scope(found.counts).by_module(depth).items()
    ]
