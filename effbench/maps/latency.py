"""The map of latency and throughput: every network is measured with one image and with a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from effbench.maps.flops import cost_layer
from effbench.maps.grid import Cell, Grid
from effbench.maps.layer_map import EMPTY, Layer, Map, Value
from effbench.processes.environment import Conditions
from effbench.profiling.measured import flat
from effbench.profiling.noise import SAID, reported
from effbench.profiling.rows import Row
from effbench.profiling.table import condition_notes
from effbench.profiling.worker.job import Job
from effbench.render.plain import plain
from effbench.stats.summary import LEVEL

ONE = 1
"""Images of the step whose time is the latency: the paper classifies image by image (Section IV)."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How every network is measured. Attributes: batch: images per step of the throughput; the others: of a job."""

    batch: int
    device: str
    dtype: str
    mode: str
    threads: int

    def jobs(self, grid: Grid, size: int | None) -> list[Job]:
        """The baseline and every network of the map, with one image and with a batch.

        Args:
            size: image side in pixels; None for each model's own.
        """
        models = dict.fromkeys(cell.model for cell in (grid.baseline, *grid.cells) if cell.model)
        job = Job(model="", size=size, device=self.device, dtype=self.dtype, mode=self.mode, threads=self.threads)
        return [
            replace(job, model=model, batch=batch) for model in models for batch in dict.fromkeys((ONE, self.batch))
        ]

    @property
    def words(self) -> str:
        """``cpu, fp32, eager``."""
        return f"{self.device}, {self.dtype}, {self.mode}"


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What was measured of one network; None is not measured, and ``status`` and ``reason`` say why.

    Attributes:
        latency: seconds of a step with one image. throughput: images/s of a batch; each with its interval.
        processes: fresh ones over which the interval is taken.
    """

    status: str
    reason: str | None
    latency: float | None
    latency_low: float | None
    latency_high: float | None
    throughput: float | None
    throughput_low: float | None
    throughput_high: float | None
    processes: int

    def value(self, name: str) -> Value:
        """The latency or the throughput."""
        number, low, high = (getattr(self, f"{name}{end}") for end in ("", "_low", "_high"))
        half = None if low is None else (high - low) / 2
        return Value(
            value=number,
            half=half,
            status="" if number is not None else SAID if self.status == SAID else "not measured",
        )


def timings(rows: Iterable[Row], batch: int) -> dict[str, Timing]:
    """Model -> its timing, from the rows of ``Setting.jobs``."""
    found = {(row.job.model, row.job.batch): reported(flat(row)) for row in rows}
    made = {}
    for (model, images), one in found.items():
        if images == ONE:
            many = found[model, batch]
            bad = next((row for row in (one, many) if row["status"] != "measured"), one)
            noise = one.get("noise") or many.get("noise")
            made[model] = Timing(
                status=SAID if noise and bad["status"] == "measured" else bad["status"],
                reason=bad["reason"] or noise,
                latency=one.get("latency"),
                latency_low=one.get("latency_low"),
                latency_high=one.get("latency_high"),
                throughput=many.get("throughput"),
                throughput_low=many.get("throughput_low"),
                throughput_high=many.get("throughput_high"),
                processes=one["processes"],
            )
    return made


def latency_map(grid: Grid, setting: Setting, timed: Mapping[str, Timing], conditions: Conditions | None) -> Map:
    """The map of these timings.

    Args:
        timed: model -> timing, of every network and the baseline.
        conditions: of all measurements, joined; None if there is none.
    """
    rows, base = [_row(grid, cell, timed) for cell in grid.cells], grid.baseline
    panels = latency_panels(grid, setting, timed)
    under = [] if conditions is None else condition_notes(conditions, setting.threads)
    latency, throughput = panels[0], replace(panels[1], notes=[*panels[1].notes, *_notes(grid, timed), *under])
    return Map(
        metric="latency",
        grid=grid,
        tables=[latency, throughput],
        panels=panels,
        document={
            "metric": "latency",
            "dataset": grid.dataset,
            **grid.axes.plain(),
            **plain(setting),
            "convention": grid.convention,
            "unit": grid.unit,
            "baseline": {"model": base.model, **plain(timed[str(base.model)]), "cost": base.cost},
            "cells": rows,
            "conditions": {} if conditions is None else conditions.flat(),
            "source": "measured",
        },
        rows=rows,
        stem=f"heatmap_{grid.dataset}_latency",
    )


def latency_panels(grid: Grid, setting: Setting, timed: Mapping[str, Timing]) -> tuple[Layer, ...]:
    """Latency, throughput and cost, side by side."""
    base, batch = str(grid.baseline.model), f"batch {setting.batch}"
    beside = "FLOPs beside it: effbench heatmap --metric flops."

    def layer(name: str, what: str, title: str, *more: str) -> Layer:
        values = [timed[cell.model].value(name) if cell.model else EMPTY for cell in grid.cells]
        shown = Layer(name=name, values=()).text(timed[base].value(name))
        return Layer(
            name=name,
            values=values,
            what=f"{what} ({setting.words}),",
            notes=[" ".join([f"{base}: {timed[base].status if shown == '-' else shown}.", *more])],
            title=f"{title}\n{setting.words}",
            key="± half the interval",
            hatched="not measured",
        )

    latency = layer("latency", "latency of one image", "latency of one image", beside)
    return latency, layer("throughput", f"images/s at {batch}", f"throughput at {batch}"), cost_layer(grid)


def _row(grid: Grid, cell: Cell, timed: Mapping[str, Timing]) -> dict[str, object]:
    """The network of a cell as JSON and CSV hold it."""
    return {
        **cell.branches,
        "model": cell.model,
        **(plain(timed[cell.model]) if cell.model else {"status": cell.status}),
        "cost": cell.cost or None,
        "cost_percent": grid.percent(cell.cost) if cell.model else None,
    }


def _notes(grid: Grid, timed: Mapping[str, Timing]) -> list[str]:
    """How it was measured, and what was not."""
    found = (timed[cell.model] for cell in grid.cells if cell.model)
    reasons = Counter(f"{one.status}: {one.reason}" for one in found if one.status != "measured")
    return [
        f"Median over processes of each one's median; ±: half the {LEVEL:.0%} interval over processes, which take "
        "turns in random order, so that a drift of the machine meets all alike (effbench profile).",
        *(f"{count} of {len(grid.cells)} cells {reason}." for reason, count in reasons.items()),
    ]
