"""``effbench heatmap --metric latency``: every network of the map measured in turns, or read from a kept file."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from effbench.cli.profile import INTERRUPTED, INTERRUPTED_BY, NOTHING_MEASURED, SOME_FAILED
from effbench.errors import MissingExtra
from effbench.files.atomic import emit, make_folder, write_files
from effbench.files.file_name import inside
from effbench.maps.latency_grid import jobs, latency_document
from effbench.maps.latency_map import figure, text
from effbench.maps.layer_grid import LayerGrid
from effbench.models.spec import require_range
from effbench.profiling.measured import joined
from effbench.profiling.rows import Plan, Row, measure, rows_for
from effbench.profiling.visits import Visits
from effbench.render.progress import Progress
from effbench.render.table import render


def run_latency(args: argparse.Namespace, grid: LayerGrid, size: int | None) -> int:
    """Measure what is not in the file yet, and show the map.

    Args:
        grid: the networks. size: image side in pixels; None for each model's own.
    """
    if find_spec("torch") is None:
        raise MissingExtra("measuring latency", "torch", "measure")
    for name in ("batch", "threads", "processes", "samples"):
        require_range(name, getattr(args, name), 1, 1_000_000)
    how = {"size": size, **{name: getattr(args, name) for name in ("device", "dtype", "mode", "threads")}}
    plan = Plan(processes=args.processes, samples=args.samples, seconds=args.seconds, limit=args.limit)
    visits = Visits(args.measurements, f"effbench heatmap --metric latency --dataset {shlex.quote(args.dataset)}")
    rows = rows_for(jobs(grid, args.batch, how), plan, visits)
    ended = _measured(rows, plan, visits)
    conditions = [visits.under(visit) for row in rows for visit in row.visits]
    document = latency_document(grid, args.batch, rows, joined(conditions) if conditions else {})
    if args.out is not None:
        _write(document, args.out)
    emit(_text(document, args.format), args.output)
    return _code(ended, rows)


def _measured(rows: list[Row], plan: Plan, visits: Visits) -> str:
    """Why it ended before its time; empty if it did not."""
    with Progress() as told:

        def step(row: Row) -> None:
            told(
                sum(one.wanted - len(one.visits) for one in rows if one.open), f"{row.job.model}, batch {row.job.batch}"
            )

        return measure(rows, plan, visits, order=Random(), progress=step)


def _text(document: dict[str, Any], style: str) -> str:
    if style == "json":
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if style == "csv":
        return render(document["cells"], [], "csv")
    return text(document, style)


def _write(document: dict[str, Any], folder: Path) -> None:
    images = figure(document)
    make_folder(folder)
    stem = f"heatmap_{document['dataset']}_latency"
    files = {inside(folder, f"{stem}.{kind}"): content for kind, content in images.items()}
    files |= {inside(folder, f"{stem}.{style}"): _text(document, style).encode() for style in ("csv", "json")}
    write_files(files)
    print(f"wrote {', '.join(str(path) for path in files)}", file=sys.stderr)


def _code(ended: str, rows: list[Row]) -> int:
    """As ``effbench profile``: 0 all measured, 1 some, 4 nothing, 130 interrupted."""
    if ended:
        print(f"effbench: {ended}; what was measured until then is shown", file=sys.stderr)
    if ended == INTERRUPTED_BY:
        return INTERRUPTED
    if not any(row.visits for row in rows):
        return NOTHING_MEASURED
    return SOME_FAILED if any(row.status != "measured" for row in rows) else 0
