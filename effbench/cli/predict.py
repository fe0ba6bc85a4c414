"""``effbench predict``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from effbench.cli.effect import require_effect
from effbench.cli.manner import add_choice
from effbench.cli.naming import names
from effbench.cli.parser import Parser, whole_number
from effbench.cli.paths import output_folder
from effbench.errors import EffbenchError, MissingExtra
from effbench.files.atomic import emit, make_folder, write_files
from effbench.models.inputs import shown
from effbench.models.spec import require_range
from effbench.render.choice import require_choice
from effbench.render.numbers import fixed, seconds, significant
from effbench.render.progress import Progress
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.prediction.fitted import Validation
    from effbench.prediction.predicting import Prediction

SUMMARY = "predict a network's images per second on published machines, or on this one, with a 90 % interval"
EXAMPLES = """\
  effbench predict timm/vit_base_patch16_224 resnet50 --machine rtx3090 rtx4090-dynamo
  effbench predict ravit_imagenet:1-1-8 --machine rtx5090
  effbench predict --calibrate && effbench predict ravit_cifar10:2-5,width=160 --machine here --batch 1
  effbench predict --machines                    the settings, and how well each is predicted
  effbench predict --fit --out fitted/           fit them again, families held out"""


def configure(parser: Parser) -> None:
    add = parser.add_argument
    parser.add_network("*", sizes=True)
    add("--machine", nargs="+", metavar="M", help="settings, short names allowed (default: all timed in inference)")
    add("--batch", type=whole_number, metavar="B", help="images per step: as published, any with --machine here")
    for_here = "with --machine here or --calibrate"
    add("--threads", type=whole_number, default=1, metavar="N", help=f"{for_here}: threads of PyTorch (default: 1)")
    add("--clock", choices=("wall", "cpu"), default="wall", help="with --machine here: wall or processor time")
    add("--calibrate", action="store_true", help="time small networks on this machine for --machine here, 4 minutes")
    add("--again", action="store_true", help="with --calibrate: forget what is kept")
    add("--machines", action="store_true", help="list the settings with the errors of their predictions")
    add("--fit", action="store_true", help="fit the settings again; with --out, write the files that are shipped")
    add("--out", type=output_folder, metavar="DIR", help="with --fit: where the weights and corrections are written")
    parser.add_output()
    add_choice(parser)


def run(args: argparse.Namespace) -> int:
    _require_sense(args)
    if args.fit:
        return _fit(args)
    if args.machines:
        return _machines(args)
    if args.calibrate:
        return _calibrate(args)
    from effbench.prediction.answers import predict

    require_choice(PREDICTED)
    rows = predict(names(args), args.size, args.machine, args.batch, threads=args.threads, clock=args.clock)
    emit(_text(rows, args), args.output)
    return 0


def _require_sense(args: argparse.Namespace) -> None:
    whole = args.fit + args.machines + args.calibrate
    if whole > 1 or (whole and (args.models or args.size or args.machine or args.batch)):
        raise EffbenchError("--fit, --machines and --calibrate are about no MODEL: leave everything else out")
    if not whole and not args.models:
        raise EffbenchError("name a MODEL, or use --machines, --calibrate or --fit (see effbench predict --help)")
    if args.again and not args.calibrate:
        raise EffbenchError("--again needs --calibrate")
    if args.input:
        raise EffbenchError("--input: the time of a network is predicted for images; give their --size")
    require_range("threads", args.threads, 1, 1024)
    here = "here" in (args.machine or ())
    effects = [("threads", here or args.calibrate, "without --machine here or --calibrate")]
    require_effect(args, [*effects, ("clock", here, "without --machine here")])
    if args.out is not None and not args.fit:
        raise EffbenchError("--out needs --fit: predictions are written with --output FILE")


PREDICTED: list[Column[Prediction]] = [
    of("model", lambda row: row.model),
    of("size", lambda row: shown(row.size), right=True),
    of("machine", lambda row: row.machine),
    of("batch", lambda row: row.batch, right=True),
    of("images/s", lambda row: row.images_per_s, lambda value: significant(value, 3), right=True),
    of("90 % interval", lambda row: f"[{significant(row.low, 3)}, {significant(row.high, 3)}]", right=True),
    of("time/image", lambda row: row.seconds, seconds, right=True),
    of("published", lambda row: row.published, significant, right=True),
]


def _text(rows: Sequence[Prediction], args: argparse.Namespace) -> str:
    from effbench.models.shipped import mismatch
    from effbench.prediction.setting import HERE

    strangers = dict.fromkeys(f"{row.model} on {row.machine}" for row in rows if row.unlike)
    notes = [
        "Predicted from what the network computes and moves, by weights fitted to timm's published results. published: "
        "what timm measured; a network's own result is not used to predict it.",
        "Interval: covers 90 % of networks whose families were held out; effbench predict --machines shows how well.",
        *(f"{name}: unlike every network of the fit, so the interval is wider." for name in strangers),
        *(here_notes(args.threads, args.clock) if any(row.machine == HERE for row in rows) else ()),
        *filter(None, [mismatch()]),
    ]
    return render(rows, PREDICTED, args.format, title="Predicted throughput", notes=notes)


def here_notes(threads: int, clock: str) -> list[str]:
    """How this machine was calibrated, and whether it did other work meanwhile."""
    from effbench.prediction.here import calibration

    found = calibration(threads)
    first, last = found.conditions["rounds"][0], found.conditions["rounds"][-1]
    said = (
        f"here: {found.conditions['cpu']}, threads: {threads}, {clock} time; calibrated in {len(found.played)} rounds "
    )
    said += f"from {first['ended']} to {last['ended']}, load {first['load']} to {last['load']}."
    busy = f"The machine was busy with other work: wall time was {found.busy:.1f} times processor time"
    advice = "wall times are not to be relied on; use --clock cpu, or calibrate again when it is idle"
    return [said, *([f"{busy}; {advice}."] if found.is_busy and threads == 1 else [])]


def _calibrate(args: argparse.Namespace) -> int:
    from effbench.prediction.here import CLOCKS, calibrate, machine

    if find_spec("torch") is None:
        raise MissingExtra("calibrating this machine", "torch", "measure")
    with Progress() as progress:
        calibrate(args.threads, again=args.again, tell=progress)
    machine.cache_clear()
    rows = [machine(args.threads, clock).validation for clock in CLOCKS]
    emit(_validated(rows, args.format, here_notes(args.threads, args.clock)), args.output)
    return 0


def _machines(args: argparse.Namespace) -> int:
    from effbench.prediction.fitted import validations
    from effbench.prediction.published import SOURCE

    emit(_validated(validations(), args.format, [f"Published by {SOURCE}."]), args.output)
    return 0


def _fit(args: argparse.Namespace) -> int:
    from effbench.prediction.fitted import CORRECTIONS, WEIGHTS
    from effbench.prediction.fitting import files, make
    from effbench.prediction.published import SOURCE, published

    made = []
    with Progress() as progress:
        settings = published().settings
        for number, setting in enumerate(settings):
            progress(len(settings) - number, setting.name)
            made.append(make(setting))
    missing = [f"{name} {size}²" for name, size in published().uncounted()]
    notes = [
        f"Fitted to {SOURCE}.",
        f"Without a count, and so left out: {', '.join(missing) or 'none'}.",
    ]
    if args.out is not None:
        make_folder(args.out)
        weights, corrections = files(made)
        write_files({args.out / WEIGHTS.name: weights, args.out / CORRECTIONS.name: corrections})
    emit(_validated([one.validation for one in made], args.format, notes), args.output)
    return 0


def _validated(rows: Sequence[Validation], style: str, notes: Sequence[str]) -> str:
    def percent(share: float) -> str:
        return f"{fixed(100 * share, 1)} %"

    columns: list[Column[Validation]] = [
        of("machine", lambda row: row.machine),
        of("short name", lambda row: row.short),
        of("networks", lambda row: row.networks, right=True),
        of("families", lambda row: row.families, right=True),
        of("weights", lambda row: row.weights, right=True),
        of("median error", lambda row: row.median_error, percent, right=True),
        of("90th percentile", lambda row: row.p90_error, percent, right=True),
        of("within interval", lambda row: row.coverage, percent, right=True),
        of("MACs alone", lambda row: row.macs_alone, percent, right=True),
    ]
    more = "Errors of the predicted time where whole families (modules of timm) are held out; MACs alone: the median."
    return render(rows, columns, style, title="Settings of machines", notes=[more, *notes])
