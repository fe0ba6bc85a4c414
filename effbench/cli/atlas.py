"""``effbench atlas``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.effect import require_effect
from effbench.cli.manner import add_choice
from effbench.cli.parser import Parser, whole_number
from effbench.cli.paths import output_file
from effbench.errors import EffbenchError
from effbench.files.atomic import emit, write_files
from effbench.files.terminal import warn
from effbench.processes.environment import available_cores
from effbench.render.choice import require_choice
from effbench.render.progress import Progress
from effbench.render.table import render

if TYPE_CHECKING:
    from effbench.counting.atlas.rows import AtlasRow

SUMMARY = "count every model of timm at its own size; compare with PyTorch's counter or timm's published results"
EXAMPLES = """\
  effbench atlas 'convnext*' 'vit_base_patch16_224*'
  effbench atlas --verify -o reports/atlas/atlas.csv               all of timm, with a page beside the table
  effbench atlas -o atlas.csv --resume                             resumes a run that was stopped
  effbench atlas --against benchmark-infer-amp-nchw-pt240-cu124-rtx3090.csv"""

MAX_JOBS = 64
DIFFERS = 1
ALIKE = "names that timm builds alike share one"


def configure(parser: Parser) -> None:
    parser.add_argument("models", nargs="*", metavar="GLOB", help="names of timm's, tags too (default: all)")
    parser.add_former("--models", "GLOB without an option", "models", str)
    parser.add_argument("--jobs", type=whole_number, metavar="N", help="processes (default: one a core)")
    parser.add_argument("--verify", action="store_true", help="count with PyTorch's FlopCounterMode, too; exit code 1")
    parser.add_argument(
        "--resume", action="store_true", help="take what a stopped run with the same --output has counted"
    )
    parser.add_argument("--against", type=Path, metavar="FILE.csv", help="a benchmark result of timm: what disagrees")
    ship = "write the counts that effbench ships to FILE.csv.gz, with all sizes of the --results, too"
    parser.add_argument("--ship", type=output_file, metavar="FILE.csv.gz", help=ship)
    parser.add_argument("--results", nargs="+", default=[], type=Path, metavar="FILE.csv", help="with --ship: of timm")
    parser.add_argument("--all", action="store_true", help="with --against: figures that agree, too")
    parser.add_output("; of a .csv, a page FILE.md is written beside it")
    add_choice(parser)
    parser.add_former("--out", "--output", "output", output_file)


def run(args: argparse.Namespace) -> int:
    _require_sense(args)
    if args.ship is not None:
        return _ship(args)
    return _against(args) if args.against is not None else _atlas(args)


def _require_sense(args: argparse.Namespace) -> None:
    if args.jobs is not None and not 1 <= args.jobs <= MAX_JOBS:
        raise EffbenchError(f"--jobs must be between 1 and {MAX_JOBS}, got {args.jobs}")
    if args.resume and args.output is None and args.ship is None:
        raise EffbenchError("--resume needs --output or --ship: the run to resume")
    if args.against is not None and (args.models or args.verify):
        raise EffbenchError("--against counts the models of the file: leave GLOB and --verify out")
    if args.ship is not None and (args.output or args.against or args.verify):
        raise EffbenchError("--ship writes one file: leave --output, --against and --verify out")
    compares = args.against is not None
    require_effect(args, [("all", compares, "without --against"), ("resume", not compares, "with --against")])
    if args.results and args.ship is None:
        raise EffbenchError("--results needs --ship FILE.csv.gz")


def _atlas(args: argparse.Namespace) -> int:
    from effbench.counting.atlas.gather import gather, names, wanted
    from effbench.counting.atlas.rows import rows
    from effbench.counting.atlas.table import COLUMNS
    from effbench.counting.atlas.worker import Asked

    require_choice(COLUMNS)
    began = time.monotonic()
    models = [wanted(name) for name in names(args.models)]
    path = None if args.output is None else _journal(args.output, resume=args.resume)
    with Progress() as progress:
        found = gather(models, jobs=_jobs(args), asked=Asked(verify=args.verify), path=path, tell=progress)
    table = rows(models, found)
    _write(args, table, [f"{len(found)} distinct networks: {ALIKE}.", _run(args, time.monotonic() - began)])
    if path is not None:
        path.unlink(missing_ok=True)  # the table holds it all
    return DIFFERS if any(row.torch not in (None, "equal") for row in table) else 0


def _write(args: argparse.Namespace, table: Sequence[AtlasRow], run: Sequence[str]) -> None:
    from effbench.counting.atlas.table import COLUMNS, notes, summary

    if args.output is None or args.format != "csv":
        emit(render(table, COLUMNS, args.format, title="Models of timm", notes=notes(table)), args.output)
        return
    page = summary(table, command=_command(args), conditions=[_versions(), *run])
    write_files({args.output: render(table, [], "csv").encode(), args.output.with_suffix(".md"): page.encode()})


def _ship(args: argparse.Namespace) -> int:
    """Every name at its own size, architectures at the usual one too, and the models of timm's results at theirs."""
    from effbench.counting.atlas.against import published_models
    from effbench.counting.atlas.gather import gather, names, torchvision_names, wanted
    from effbench.counting.atlas.ship import archive
    from effbench.counting.atlas.worker import Asked
    from effbench.models.shipped import USUAL

    known = [*names(args.models), *([] if args.models else torchvision_names())]
    own = [wanted(name) for name in known]
    others = [wanted(name, size) for name, size in published_models(args.results)]
    others += [wanted(name, USUAL) for name in known if "." not in name]
    path = _journal(args.ship, resume=args.resume)
    with Progress() as progress:
        found = gather([*own, *others], jobs=_jobs(args), asked=Asked(time=True), path=path, tell=progress)
    write_files({args.ship: archive(own, others, found)})
    path.unlink(missing_ok=True)
    failed = sorted(key for key, facts in found.items() if facts.failed)
    warn(f"{len(found) - len(failed)} networks; not counted: {', '.join(failed) or 'none'}")
    return 0


def _against(args: argparse.Namespace) -> int:
    from effbench.counting.atlas.against import compare, networks, read
    from effbench.counting.atlas.gather import gather
    from effbench.counting.atlas.table import AGAINST, against_notes, disagreeing
    from effbench.counting.atlas.worker import Asked

    lines = read(args.against)
    models = networks(lines)
    with Progress() as progress:
        found = gather(list(models.values()), jobs=_jobs(args), asked=Asked(), path=None, tell=progress)
    table = compare(lines, models, found)
    shown = table if args.all else disagreeing(table)
    title = f"{args.against.name} against our counts"
    emit(render(shown, AGAINST, args.format, title=title, notes=against_notes(table)), args.output)
    return 0


def _journal(out: Path, *, resume: bool) -> Path:
    """Where facts are kept until the table is written; what an earlier run left there goes unless it is resumed."""
    path = out.with_suffix(".jsonl")
    if not resume:
        path.unlink(missing_ok=True)
    return path


def _jobs(args: argparse.Namespace) -> int:
    return int(args.jobs or available_cores())


def _command(args: argparse.Namespace) -> str:
    import shlex

    options = [*(["--verify"] if args.verify else []), "-o", str(args.output)]
    return shlex.join(["effbench", "atlas", *args.models, *options])


def _versions() -> str:
    from effbench.counting.atlas.gather import versions

    libraries = ", ".join(f"{name} {version}" for name, version in versions().items())
    return f"{libraries}; the meta device, one image, evaluation mode, timm's own image size and number of classes."


def _run(args: argparse.Namespace, seconds: float) -> str:
    """What was run on what; a resumed run tells of itself alone."""
    from effbench.processes.environment import machine

    resumed = ", resumed" if args.resume else ""
    return f"{seconds:.0f} s in {_jobs(args)} processes on {machine().cpu}, {machine().cores} cores{resumed}."
