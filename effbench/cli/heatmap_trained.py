"""``effbench heatmap`` of trained networks: accuracy from a sweep's store, beside the cost of the same networks."""

from __future__ import annotations

import argparse
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from effbench.claims.load import paper
from effbench.claims.orderings import orderings
from effbench.cost.convention import convention
from effbench.errors import MissingExtra, UnknownName
from effbench.files.atomic import emit, make_folder, write_files
from effbench.files.file_name import inside, require_file_name
from effbench.maps.frontier import frontier
from effbench.maps.grid_rows import Study, accuracy_document, cost_document, published
from effbench.maps.layer_grid import PRESETS
from effbench.maps.planned import planned_layers
from effbench.maps.statements import judged
from effbench.maps.trained_grid import TrainedGrid, networks, trained_grid
from effbench.maps.trained_map import figure, text
from effbench.maps.trained_runs import read_runs, select
from effbench.models.plugins import named_in
from effbench.render.table import render
from effbench.training.data.catalogue import DATASETS
from effbench.training.sweep.store import FILE

PAPER = "ravit"


def run_trained(args: argparse.Namespace, fixed: dict[int, int]) -> int:
    """Read the store and show its map of accuracy and cost, or of cost alone."""
    grid, store = stored_grid(args, fixed)
    document = cost_document(store, grid) if args.metric == "flops" else _accuracy(store, grid)
    if args.out is not None:
        _write(document, args.out)
    emit(_text(document, args.format), args.output)
    return 0


def stored_grid(args: argparse.Namespace, fixed: dict[int, int]) -> tuple[TrainedGrid, str]:
    """The map that the options ask for, and the file it was read from."""
    require_file_name(args.dataset, "data set")  # figures and stores are called by it
    if args.store is None and args.dataset not in {**PRESETS, **DATASETS}:
        raise UnknownName("data set", args.dataset, [*PRESETS, *DATASETS])
    store = args.store or Path("reports/sweeps") / args.dataset
    if store.is_dir() or args.store is None:
        store /= FILE
    with named_in(store):
        selected = select(read_runs(store, args.dataset), experiment=args.experiment, where=dict(args.where or ()))
    preset = PRESETS.get(args.dataset)
    plain = preset.baseline_layers if preset else 4
    grid = trained_grid(
        selected,
        convention(args.convention),
        exit=args.exit,
        fixed=fixed,
        usual=preset.fixed if preset else None,
        max_layers=args.max_layers,
        baseline_layers=plain if args.baseline_layers is None else args.baseline_layers,
        planned=planned_layers(selected),
    )
    return grid, str(store)


def _accuracy(store: str, grid: TrainedGrid) -> dict[str, Any]:
    if find_spec("scipy") is None:
        raise MissingExtra("an interval over seeds", "scipy", "measure")
    statements = orderings(PAPER) if grid.exit == "last" else ()
    study = Study(
        store=store,
        grid=grid,
        frontier=frontier(grid.trained),
        verdicts=judged(statements, networks(grid.selected, convention(grid.convention))),
        published=published(paper(PAPER), grid),
    )
    return accuracy_document(study)


def _text(document: dict[str, Any], style: str) -> str:
    if style == "json":
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if style == "csv":
        return render(document["cells"], [], "csv")
    return text(document, style)


def _write(document: dict[str, Any], folder: Path) -> None:
    """``heatmap_accuracy`` or ``heatmap_flops`` as PNG, SVG, and the numbers as CSV and JSON."""
    exit = "" if document["exit"] == "last" else f"_exit{document['exit']}"
    stem = f"heatmap_{document['metric']}{exit}"
    images = figure(document)
    make_folder(folder)
    files = {inside(folder, f"{stem}.{kind}"): content for kind, content in images.items()}
    files |= {inside(folder, f"{stem}.{style}"): _text(document, style).encode() for style in ("csv", "json")}
    write_files(files)
    print(f"wrote {', '.join(str(path) for path in files)}", file=sys.stderr)
