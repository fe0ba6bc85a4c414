"""Work as executed: what a network whose work depends on the image does for images, beside what it is said to do.

Token pruning, token merging and early exits are sold by the work they save. Each saving here is a share of the dense
work, and there are three readings of it: as promised by the tokens, as executed, and as seen on the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING

from effbench.cost.convention import Convention
from effbench.cost.counts import Key, OpCounts
from effbench.errors import MissingExtra
from effbench.models.inputs import Side
from effbench.models.registry import Model
from effbench.stats.pooled import pooled, reach

if TYPE_CHECKING:
    from effbench.counting.counters.on_images import Images, OnImages

LAYERS = ("mac_linear", "mac_conv")
"""Kinds whose count, in one layer, is proportional to the tokens that go into it."""


@dataclass(frozen=True, kw_only=True)
class WorkRow:
    """One reading of what a network does for an image.

    Attributes:
        model, size, data, images: the network, side of the images in pixels, their set, and how many.
        reading: one of these.
            ``dense``: the count without values or that of the most expensive image, whichever is larger; without values
            a network can be counted only where no shape and no branch depends on them. What it saves on every image
            alike is in neither.
            ``worst``: the count of the most expensive image.
            ``promised``: dense · kept share. The kept share of an image is the mean over the layers with weights of the
            tokens executed there, as a share of the most that any image, or the count without values, has there (a
            layer that is not run has none); or it is given, as a paper states it. It takes the cost for proportional to
            the tokens: attention, whose cost is their square, and what scores the tokens are why it is not.
            ``executed``: the mean of the counts, each made on values.
            ``clock``: mean seconds of an image, alone, in this process, each at its fastest; saved: of the seconds that
            the most expensive image took, by turns with each.
        value, unit: of one image. low, high: 95 % interval of the mean over images like these, Student's t; None where
            there is no mean, one image, or, on the clock, no knowledge of other processes.
        saved: share of the dense work; negative where more is done. None where it is not known.
        source: ``counted``; ``claimed`` where the kept share is given; ``measured`` on the clock. how: in words.
    """

    model: str
    size: Side
    data: str
    images: int
    reading: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str
    saved: float | None
    convention: str
    uncounted: int
    source: str = "counted"
    how: str


@dataclass(frozen=True)
class Executed:
    """A network's rows, and the operators of it that have no price."""

    rows: tuple[WorkRow, ...]
    uncounted: tuple[str, ...]


def executed(
    model: Model,
    images: Images,
    data: str,
    convention: Convention,
    *,
    kept: float | None = None,
    strict: bool = False,
    tell: Callable[[str], None] = lambda doing: None,
) -> Executed:
    """Run the model's network on images, one at a time, on the CPU.

    Args:
        data: what the images are called. kept: the kept share that somebody states, 0 to 1; None: as executed.
        tell: before each image, twice.

    Raises:
        MissingExtra: torch is not installed. EffbenchError: see ``counters.on_images``.
    """
    try:
        from effbench.counting.counters.on_images import on_images
    except ImportError as error:
        raise MissingExtra(f"counting {model.name}", error.name or "torch", "measure") from None
    seen = on_images(model, images, lambda counts: int(convention.total(counts)), tell, strict=strict)
    return Executed(tuple(_rows(model, data, convention, seen, kept)), seen.uncounted)


def _rows(model: Model, data: str, convention: Convention, seen: OnImages, kept: float | None) -> Iterator[WorkRow]:
    values = [int(convention.total(one)) for one in seen.counts]
    worst, without = max(values), -1 if seen.dense is None else int(convention.total(seen.dense))
    dense = max(worst, without)
    row = partial(
        WorkRow,
        model=model.name,
        size=model.size,
        data=data,
        images=len(values),
        unit=convention.unit,
        convention=convention.name,
        uncounted=len(seen.uncounted),
    )

    def work(reading: str, value: float | None, how: str, each: Sequence[float] = ()) -> WorkRow:
        low, high = _interval(each)
        saved = None if value is None or not dense else 1 - value / dense
        return row(reading=reading, value=value, low=low, high=high, saved=saved, how=how)

    yield work("dense", dense, "without values" if without >= worst else "the most expensive image")
    yield work("worst", worst, "the most expensive image")
    if kept is not None:
        yield replace(work("promised", dense * kept, f"kept share {kept:g}, as stated"), source="claimed")
    else:
        promises = [dense * share for share in kept_shares(seen.counts, seen.dense)]
        yield work("promised", fmean(promises) if promises else None, "kept share of tokens, as executed", promises)
    yield work("executed", fmean(values), "mean, counted on values", values)
    clock, most = fmean(seen.seconds), fmean(seen.worst_seconds)
    saved = 1 - clock / most if dense == worst else None  # else nothing dense was run
    how = f"mean, in this process, {seen.threads} threads"
    yield row(reading="clock", value=clock, unit="s", saved=saved, source="measured", how=how)


def kept_shares(counts: Sequence[OpCounts], dense: OpCounts | None = None) -> list[float]:
    """Of each image, the mean over layers of its share of the tokens (``WorkRow``); nothing where none has weights."""
    each = [_layers(one) for one in counts]
    most: dict[Key, int] = {}
    for layers in (*each, *([_layers(dense)] if dense else [])):
        most |= {key: max(most.get(key, 0), n) for key, n in layers.items()}
    return [fmean(layers.get(key, 0) / n for key, n in most.items()) for layers in each if most]


def _layers(counts: OpCounts) -> dict[Key, int]:
    return {key: int(n) for key, n in counts.items.items() if key[1] in LAYERS and n}


def _interval(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Of the mean over others like these; not known from one."""
    noise = pooled([list(map(float, values))])
    if noise is None:
        return None, None
    mean, half = fmean(values), reach(noise, len(values))
    return mean - half, mean + half
