"""The maps that ``effbench heatmap`` shows: the paper's networks by formula, those of a store, or measured ones."""

from __future__ import annotations

import argparse
import shlex
from importlib.util import find_spec
from pathlib import Path
from random import Random

from effbench.claims.load import paper as claims_of
from effbench.cli.profile import exit_code
from effbench.cost.convention import convention
from effbench.errors import MissingExtra, UnknownName
from effbench.files.file_name import require_file_name
from effbench.maps.flops import Stored, paper_map, stored_map
from effbench.maps.grid import Grid, trained_grid
from effbench.maps.latency import Setting, latency_map, timings
from effbench.maps.layer_map import Map
from effbench.maps.paper import PRESETS, paper_grid
from effbench.maps.selection import planned_layers, read_trainings, select
from effbench.models.plugins import named_in
from effbench.models.spec import require_range
from effbench.profiling.measured import joined
from effbench.profiling.rows import Plan, Row, measure, rows_for
from effbench.profiling.visits import Visits
from effbench.render.progress import Progress
from effbench.training.data.catalogue import DATASETS
from effbench.training.sweep.runs import Training, trainings
from effbench.training.sweep.store import FILE

PAPER = "ravit"
STORES = Path("reports/sweeps")
"""Finished sweeps of a checkout, a folder each."""


def paper(args: argparse.Namespace) -> Map:
    """The costs of the paper's networks."""
    return paper_map(_paper_grid(args))


def stored(args: argparse.Namespace) -> Map:
    """The accuracies of a store's networks beside their costs, or the costs alone."""
    found = _stored(args)
    if args.metric == "flops":
        return stored_map(found)
    if find_spec("scipy") is None:
        raise MissingExtra("an interval over seeds", "scipy", "measure")
    from effbench.maps.accuracy import accuracy_map

    statements = claims_of(PAPER).orderings if args.exit == "last" else ()
    return accuracy_map(found, statements, _printed(args.dataset), _every(args), args.complete, args.next)


def latency(args: argparse.Namespace) -> tuple[Map, int]:
    """The latencies of the paper's networks or of a store's, measured or kept, and the exit code."""
    if find_spec("torch") is None:
        raise MissingExtra("measuring latency", "torch", "measure")
    for name in ("batch", "threads", "processes", "samples"):
        require_range(name, getattr(args, name), 1, 1_000_000)
    grid, size = _latency_grid(args)
    setting = Setting(batch=args.batch, device=args.device, dtype=args.dtype, mode=args.mode, threads=args.threads)
    plan = Plan(processes=args.processes, samples=args.samples, seconds=args.seconds, limit=args.limit)
    visits = Visits(args.measurements, f"effbench heatmap --metric latency --dataset {shlex.quote(args.dataset)}")
    rows = rows_for(setting.jobs(grid, size), plan, visits)
    with Progress() as progress:

        def step(row: Row) -> None:
            left = sum(one.wanted - len(one.visits) for one in rows if one.open)
            progress(left, f"{row.job.model}, batch {row.job.batch}")

        stopped = measure(rows, plan, visits, order=Random(), progress=step)
    conditions = [visits.under(visit) for row in rows for visit in row.visits]
    made = latency_map(grid, setting, timings(rows, args.batch), joined(conditions) if conditions else {})
    return made, exit_code(stopped, [(len(row.visits), row.status) for row in rows])


def _paper_grid(args: argparse.Namespace) -> Grid:
    return paper_grid(
        args.dataset,
        convention(args.convention),
        fixed=args.fixed,
        max_layers=8 if args.max_layers is None else args.max_layers,
        baseline_layers=args.baseline_layers,
    )


def _latency_grid(args: argparse.Namespace) -> tuple[Grid, int | None]:
    """The networks to measure and their image side; None for each model's own."""
    if not args.stored:
        return _paper_grid(args), None
    found = _stored(args)
    return found.grid, found.selected.networks[0].training.size


def _stored(args: argparse.Namespace) -> Stored:
    """The networks of the store that the options name."""
    require_file_name(args.dataset, "data set")  # figures and stores are called by it
    if args.store is None and args.dataset not in {**PRESETS, **DATASETS}:
        raise UnknownName("data set", args.dataset, [*PRESETS, *DATASETS])
    store = args.store or STORES / args.dataset
    if store.is_dir() or args.store is None:
        store /= FILE
    with named_in(store):
        selected = select(read_trainings(store, args.dataset), experiment=args.experiment, where=dict(args.where or ()))
    preset = PRESETS.get(args.dataset)
    plain = preset.baseline_layers if preset else 4
    grid = trained_grid(
        selected,
        convention(args.convention),
        exit=args.exit,
        fixed=args.fixed,
        usual=preset.fixed if preset else None,
        max_layers=args.max_layers,
        baseline_layers=plain if args.baseline_layers is None else args.baseline_layers,
        planned=planned_layers(selected),
    )
    return Stored(store=str(store), selected=selected, grid=grid)


def _every(args: argparse.Namespace) -> list[Training]:
    """Every training on the data set: in the store that is named, or in those of the checkout."""
    stores = [args.store] if args.store is not None else sorted(STORES.glob(f"*/{FILE}"))
    return [one for one in trainings(stores) if one.dataset == args.dataset]


def _printed(dataset: str) -> dict[str, str]:
    """Model -> accuracy in % as the paper's tables print it, without early exit."""
    return {
        claim.model: claim.printed
        for claim in claims_of(PAPER).claims
        if claim.model is not None
        and (claim.metric, claim.dataset, claim.unit) == ("top1", dataset, "%")
        and claim.in_table
        and claim.exit_threshold is None
        and claim.relation is None
    }
