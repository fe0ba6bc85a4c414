"""``effbench roofline``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from effbench.cli.flops import depth_of
from effbench.cli.manner import add_choice
from effbench.cli.naming import command_line, names
from effbench.cli.parser import Parser, whole_number
from effbench.cli.paths import output_folder
from effbench.errors import MissingExtra, SpecError
from effbench.files.atomic import emit, make_folder, write_files
from effbench.files.file_name import inside
from effbench.files.terminal import say
from effbench.models.inputs import OWN_BATCH, batch_of, parse_inputs, shown
from effbench.models.spec import require_range
from effbench.render.choice import require_choice
from effbench.render.formats import is_exact
from effbench.render.numbers import bytes_binary, fixed, scaled, seconds, significant
from effbench.render.progress import Progress
from effbench.render.table import Column, Row, column, render

if TYPE_CHECKING:
    from effbench.profiling.ceilings import MeasuredCeilings
    from effbench.profiling.worker.job import Job

SUMMARY = "compare a model's time with the limits of this machine"
EXAMPLES = """\
  effbench roofline vit_base_patch16_gap ci2p_vit ci2p_vit_ds --size 256 --batch 8
  effbench roofline ci2p_vit --by block --batch 8
  effbench roofline net.py:Net --input 2x3x224x320 --by module --depth 1
  effbench roofline vit_tiny_patch16 --device cuda --dtype bf16 --batch 256 --out figures/
  effbench roofline vit_tiny_patch16 --again"""

SOME_FAILED, NOTHING_MEASURED = 1, 4
MAX_BATCH = 1_048_576


def configure(parser: Parser) -> None:
    from effbench.profiling.worker.job import DEVICES, DTYPES

    def option(flag: str, default: Any, help: str, **how: Any) -> argparse.Action:
        return parser.add_argument(flag, default=default, help=help, **how)

    options = [
        *parser.add_network("+"),
        option("--batch", 1, "images per step (default: 1)", type=whole_number, metavar="B"),
        option("--device", "cpu", "default: cpu", choices=DEVICES),
        option("--dtype", "fp32", "default: fp32", choices=DTYPES),
        option("--threads", 1, "CPU threads of PyTorch (default: 1)", type=whole_number, metavar="N"),
        option("--samples", 10, "minimum number of steps (default: 10)", type=whole_number, metavar="N"),
        option(
            "--by",
            "model",
            "rows for each model, block or module (default: model)",
            choices=("model", "block", "module"),
        ),
        option("--depth", None, "names of a module path to keep (default: 2)", type=whole_number, metavar="N"),
        option(
            "--again", False, "measure the machine's ceilings again, even if the cache has them", action="store_true"
        ),
        option("--out", None, "write figure (PNG, SVG) and rows (CSV) to DIR", type=output_folder, metavar="DIR"),
    ]
    parser.set_defaults(options=options)
    parser.add_output()
    add_choice(parser)


def run(args: argparse.Namespace) -> int:
    from effbench.profiling.ceilings import measured_ceilings
    from effbench.profiling.roofline import roofline, rows
    from effbench.profiling.rows import Plan

    if find_spec("torch") is None:
        raise MissingExtra("measuring the machine", "torch", "measure")
    jobs = list(_jobs(args))
    table: list[dict[str, Any]] = []
    plan, depth = Plan(processes=1, samples=args.samples), depth_of(args) if args.by == "module" else None
    with Progress() as told:
        told(1 + len(jobs), f"ceilings of {args.device} in {args.dtype}")
        found = measured_ceilings(args.device, args.dtype, args.threads, again=args.again)
        for number, job in enumerate(jobs):
            told(len(jobs) - number, job.model)
            table += rows(roofline(job, found.ceilings, plan, depth=depth), found.ceilings)
    if args.out is not None:
        _write(table, found, args)
    shown = [row for row in table if args.by != "model" or row["record"] == "model"]
    emit(_text(shown, found, args), args.output)
    failed = [row["reason"] is not None for row in table if row["record"] == "model"]
    return NOTHING_MEASURED if all(failed) else SOME_FAILED if any(failed) else 0


def _jobs(args: argparse.Namespace) -> Iterator[Job]:
    """Everything that can be wrong with the input is known when the last job is made."""
    from effbench.profiling.roofline import work_of
    from effbench.profiling.worker.job import Job

    depth_of(args)
    require_choice(_columns(args.by))
    for name in ("threads", "samples"):
        require_range(name, getattr(args, name), 1, 1_000_000)
    require_range("batch", args.batch, 1, MAX_BATCH)
    inputs = parse_inputs(args.input)
    if inputs and args.batch != 1:
        raise SpecError(OWN_BATCH)
    shared = {
        "size": args.size,
        "inputs": " ".join(args.input),
        "batch": batch_of(inputs) if inputs else args.batch,
        "device": args.device,
        "dtype": args.dtype,
    }
    for name in dict.fromkeys(names(args)):
        job = Job(model=name, threads=args.threads, **shared)
        work_of(job)
        yield job
    if args.out is not None:
        _ready(args.out)


def _ready(folder: Path) -> None:
    """The folder of the figure, made once nothing else is wrong; a figure that cannot be drawn is known at once."""
    if find_spec("matplotlib") is None:
        raise MissingExtra("drawing a roofline", "matplotlib", "report")
    make_folder(folder)


def _text(rows: Sequence[Row], found: MeasuredCeilings, args: argparse.Namespace) -> str:
    if is_exact(args.format):
        ceilings = {
            "record": "ceilings",
            "flop_per_s": found.ceilings.flop_per_s,
            "byte_per_s": found.ceilings.byte_per_s,
            **found.conditions.flat(),
        }
        return render([ceilings, *rows], [], args.format)
    columns = _columns(args.by)
    used = [cell for cell in columns if any(cell.show(row) != "-" for row in rows)]
    title = f"Roofline, batch of {rows[0]['batch']} in {args.dtype} on {args.device}, threads: {args.threads}"
    if args.format != "table":
        title = command_line("roofline", args, args.options)
    return render(rows, used, args.format, title=title, notes=[*_notes(rows, found, args), *_missing(rows)])


def _columns(by: str) -> list[Column[Row]]:
    """Those that nothing fills are left out later."""
    part: list[Column[Row]] = [] if by == "model" else [Column(by, lambda row: row["block"] or "all")]
    return [
        column("model", "model"),
        column("size", "size", shown, right=True),
        *part,
        column("MACs", "macs", scaled, right=True),
        column("bytes", "bytes", bytes_binary, right=True),
        column("FLOP/byte", "intensity", lambda value: fixed(value, 1), right=True),
        column("bound by", "bound"),
        column("memory-bound", "memory_share", _percent, right=True),
        column("attainable", "attainable_seconds", seconds, right=True),
        column("least", "least_seconds", seconds, right=True),
        column("measured", "measured_seconds", seconds, right=True),
        column("images/s", "images_per_s", significant, right=True),
        column("attained", "attained_share", _percent, right=True),
        column("MFU", "mfu", _percent, right=True),
    ]


def _percent(share: float) -> str:
    return f"{fixed(100 * share, 1)} %"


def _missing(rows: Sequence[Row]) -> list[str]:
    failed = [f"{row['model']}: not measured: {row['reason']}" for row in rows if row.get("reason")]
    return failed + [f"{row['model']}: no price: {one}" for row in rows for one in row.get("uncounted", ())]


def _notes(rows: Sequence[Row], found: MeasuredCeilings, args: argparse.Namespace) -> list[str]:
    from effbench.profiling.noise import is_busy

    best, typical, under = found.ceilings, found.typical, found.conditions
    kept = f"kept from {under.ended}, --again measures them again" if found.kept else "measured now"
    kept += ", on a busy machine: too low, and not kept" if is_busy(under) else ""
    return [
        f"Ceilings ({kept}): matrix product {fixed(best.flop_per_s / 1e9, 1)} GFLOP/s at best "
        f"(median {fixed(typical.flop_per_s / 1e9, 1)}), copy {fixed(best.byte_per_s / 1e9, 2)} GB/s "
        f"(median {fixed(typical.byte_per_s / 1e9, 2)}), so memory limits below {fixed(best.ridge, 1)} FLOP/byte.",
        f"On {under.cpu}, {under.cores} cores"
        + (f", {under.accelerator}" if args.device == "cuda" else "")
        + f"; torch {under.libraries['torch']}; load {under.load} when the ceilings were measured, at commit "
        + f"{under.commit}{' with changes' if under.dirty else ''}.",
        "FLOPs are two per multiply-accumulate, nothing else. Bytes: every operation reads its inputs and weights and "
        "writes its outputs once, no cache between operations, attention fused (of counted networks, where it "
        "is one call).",
        "attainable: operations one after the other, each at its ceiling; attained is its share of the measured time. "
        "A cache can make it exceed 100 %. memory-bound: share of the attainable time in operations that memory "
        "limits.",
        "least: weights, inputs and outputs moved once, everything else in a cache. measured: median step.",
        "MFU (model-FLOPs utilisation): FLOPs of the model over measured time, as a share of the matrix product's.",
    ]


def _write(rows: Sequence[Row], found: MeasuredCeilings, args: argparse.Namespace) -> None:
    from effbench.profiling.roofline_figure import draw

    stem = f"roofline_{args.device}_{args.dtype}_batch{rows[0]['batch']}"
    title = (
        f"{found.conditions.accelerator if args.device == 'cuda' else found.conditions.cpu}, {args.dtype}, "
        f"batch {rows[0]['batch']}, threads: {args.threads}"
    )
    images = draw(rows, flop_per_s=found.ceilings.flop_per_s, byte_per_s=found.ceilings.byte_per_s, title=title)
    files = {inside(args.out, f"{stem}.{kind}"): content for kind, content in images.items()}
    files[inside(args.out, f"{stem}.csv")] = render(rows, [], "csv").encode()
    write_files(files)
    say(f"wrote {', '.join(str(path) for path in files)}")
