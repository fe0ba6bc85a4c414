"""``effbench search FAMILY``: the layouts of a RAViT."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.predict import here_notes
from effbench.cli.search import NONE_FOUND, REFUSED, TIMED, busy_note, interval, pace_note
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.prediction.setting import HERE
from effbench.render.formats import is_exact
from effbench.render.numbers import fixed, scaled, significant
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.selection.budget import Budget
    from effbench.selection.family import Layout, LayoutSearch
    from effbench.selection.finalists import Here
    from effbench.selection.map_accuracy import AccuracyMap


def search_layouts(args: argparse.Namespace, here: Here, budget: Budget) -> int:
    """The front of a family's layouts; returns the exit code."""
    from effbench.selection.family import search_family
    from effbench.selection.map_accuracy import dataset_of, read_map
    from effbench.selection.space import own_width, space
    from effbench.training.sweep.store import FILE

    if args.best != "top1":
        raise EffbenchError("--sort is for networks of timm: layouts are a front, the most accurate first")
    width = args.width or (own_width(args.family),) * 2
    within = space(args.family, args.layers or (0, 8), args.branches or (1, 2), width)
    dataset = dataset_of(args.family)
    store = args.store or Path("reports/sweeps") / dataset
    known = read_map(store / FILE if store.is_dir() or args.store is None else store, dataset)
    loss = 1.0 if args.max_loss is None else args.max_loss
    found = search_family(within, budget, known, machine=args.machine, max_loss=loss, here=here)
    emit(_layouts_text(found, known, args), args.output)
    return 0 if found.rows else NONE_FOUND


def _layouts_text(found: LayoutSearch, known: AccuracyMap, args: argparse.Namespace) -> str:
    exact = is_exact(args.format)
    rows = found.rows or ([] if exact else found.nearest)
    columns = LAYOUTS if args.machine else [one for one in LAYOUTS if one.title not in TIMED]
    said = f"{found.met:,} of {found.layouts:,} layouts meet the budgets"
    title = f"{said}; the front of accuracy and time" if found.rows else f"{said}; these come nearest"
    return render(rows[: args.limit], columns, args.format, title=title, notes=_layout_notes(found, known, args))


def _layout_notes(found: LayoutSearch, known: AccuracyMap, args: argparse.Namespace) -> list[str]:
    missed = [
        f"{row.model}{REFUSED if row.measured else ''}: the cost it misses most is {row.excess:.3g} times its budget."
        for row in found.nearest
    ]
    timed = "predicted: with its 90 % interval; measured: on this machine, side by side." if args.machine else ""
    return [
        *missed,
        f"top-1: as trained at width {known.width} ({known.store}), with what the test images leave open; where a "
        "layout was not trained, extrapolated along its MACs, never above the best trained network.",
        *(here_notes(args.threads, args.clock) if args.machine == HERE else ()),
        *filter(None, [timed, busy_note(found.busy), pace_note(found.pace)]),
    ]


LAYOUTS: Sequence[Column[Layout]] = [
    of("model", lambda row: row.model),
    of("top-1", lambda row: f"{fixed(100 * row.top1, 2)} %", right=True),
    of("interval", lambda row: f"[{fixed(100 * row.top1_low, 1)}, {fixed(100 * row.top1_high, 1)}]", right=True),
    of("known by", lambda row: "extrapolation" if row.extrapolated else "training"),
    of("MACs", lambda row: row.macs, scaled, right=True),
    of("params", lambda row: row.params, scaled, right=True),
    of("batch", lambda row: row.batch, right=True),
    of("predicted images/s", lambda row: row.images_per_s, lambda value: significant(value, 3), right=True),
    of("90 % interval", interval, right=True),
    of("measured", lambda row: row.measured, significant, right=True),
]
