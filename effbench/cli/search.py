"""``effbench search``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from effbench.cli.effect import require_effect
from effbench.cli.manner import add_choice
from effbench.cli.parser import Parser, fraction, whole_number
from effbench.cli.paths import existing, input_folder
from effbench.errors import EffbenchError, SpecError
from effbench.files.atomic import emit
from effbench.prediction.setting import HERE
from effbench.render.formats import is_exact
from effbench.render.numbers import bytes_binary, fixed, scaled, significant
from effbench.render.table import Column, of, render
from effbench.selection import budget as units

if TYPE_CHECKING:
    from effbench.selection.budget import Budget
    from effbench.selection.family import Layout
    from effbench.selection.zoo import Found, Search

SUMMARY = "find the most accurate networks within budgets of MACs, parameters, memory and time"
EXAMPLES = """\
  effbench search --max-macs 5G --max-params 30M
  effbench search --max-macs 5G --min-throughput 1000/s --machine rtx3090 --sort top1
  effbench search --max-macs 1G --max-latency 20ms --machine here --finalists 8
  effbench search ravit_cifar10 --layers 0-8 --branches 1-3 --width 64-256 --max-macs 50M --max-loss 0.05
  effbench search --runs runs/exits --exit-loss 0.01 --max-macs 30M
  effbench search --max-memory 50MB --max-latency 20ms --machine i7_12700h --sort speed"""

SHOWN = 20
REFUSED = " was predicted to meet the budgets, and the clock says no"
NONE_FOUND = 1


def configure(parser: Parser) -> None:
    from effbench.selection.zoo import SORTS

    parser.add_argument(
        "family", nargs="?", metavar="FAMILY", help="a RAViT, e.g. ravit_cifar10 (default: all of timm)"
    )

    def limit(flag: str, read: Callable[[str], float], help: str, metavar: str) -> None:
        parser.add_argument(flag, type=_budget(read), metavar=metavar, help=help)

    limit("--max-macs", units.amount, "multiply-accumulates of one image, e.g. 5G", "N")
    limit("--max-params", units.amount, "parameters, e.g. 30M", "N")
    limit("--max-memory", units.memory, "bytes of the weights in fp32, e.g. 200MB; activations come on top", "BYTES")
    limit("--min-throughput", units.rate, "images per second, e.g. 1000/s; needs --machine", "RATE")
    limit("--max-latency", units.duration, "time of one image alone, e.g. 20ms; needs --machine", "TIME")
    parser.add_argument("--min-top1", type=fraction, metavar="SHARE", help="published top-1, e.g. 0.8 or 80%%")
    parser.add_argument("--machine", metavar="M", help="a setting of effbench predict --machines, short names allowed")
    space = parser.add_argument_group("with a FAMILY", "every layout in these ranges, FROM-TO")
    space.add_argument("--layers", type=_range, metavar="N-N", help="of every branch (default: 0-8)")
    space.add_argument("--branches", type=_range, metavar="N-N", help="number of branches (default: 1-2)")
    space.add_argument("--width", type=_range, metavar="N-N", help="widths (default: the family's own)")
    space.add_argument("--max-loss", type=fraction, metavar="SHARE", help="accuracy below the best trained one")
    space.add_argument(
        "--store", type=existing, metavar="FILE", help="trained layouts (default: reports/sweeps/DATASET)"
    )
    exits = parser.add_argument_group("early exits", "trained networks, by mean cost at a promised loss of accuracy")
    exits.add_argument("--runs", type=input_folder, metavar="DIR", help="runs of effbench train or sweep, at any depth")
    exits.add_argument("--exit-loss", type=fraction, metavar="SHARE", help="that exits may lose (default: 0.01)")
    exits.add_argument(
        "--delta", type=fraction, metavar="SHARE", help="calibrations that may lose more (default: 0.05)"
    )
    here = parser.add_argument_group("with --machine here", "after effbench predict --calibrate")
    here.add_argument("--threads", type=whole_number, default=1, metavar="N", help="of PyTorch (default: 1)")
    here.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="wall or processor time (default: wall)")
    here.add_argument("--batch", type=whole_number, default=1, metavar="B", help="images per step (default: 1)")
    here.add_argument("--finalists", type=whole_number, default=5, metavar="N", help="that are timed (default: 5)")
    parser.add_argument("--sort", choices=SORTS, default="top1", dest="best", help="what is best (default: top1)")
    parser.add_argument("--limit", type=whole_number, metavar="N", help="rows (default: 20 in a table, else all)")
    parser.add_output()
    add_choice(parser, sort=False)


def _budget(read: Callable[[str], float]) -> Callable[[str], float]:
    """As argparse wants it."""

    def parsed(text: str) -> float:
        try:
            return read(text)
        except SpecError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parsed


def _range(text: str) -> tuple[int, int]:
    low, dash, high = text.partition("-")
    if not (low.isdecimal() and (high.isdecimal() if dash else not high)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a range such as 0-8, or one number")
    return int(low), int(high or low)


OF_SPACE = ("layers", "branches", "width", "max_loss", "store")


def run(args: argparse.Namespace) -> int:
    from effbench.selection.finalists import Here
    from effbench.selection.zoo import search

    for name in ("limit", "threads", "batch", "finalists"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise EffbenchError(f"--{name} must be 1 or more, got {getattr(args, name)}")
    times = args.machine == HERE
    effects = [(name, times, "without --machine here") for name in ("threads", "clock", "finalists", "batch")]
    require_effect(args, effects)
    here = Here(threads=args.threads, clock=args.clock, batch=args.batch, count=args.finalists)
    if args.runs is not None:
        from effbench.cli.search_exits import search_exits

        return search_exits(args, here, budget_of(args))
    if args.exit_loss is not None or args.delta is not None:
        raise EffbenchError("--exit-loss and --delta promise what early exits lose: they need --runs DIR")
    if args.family is not None:
        from effbench.cli.search_layouts import search_layouts

        return search_layouts(args, here, budget_of(args))
    given = [f"--{name.replace('_', '-')}" for name in OF_SPACE if getattr(args, name) is not None]
    if given:
        raise EffbenchError(f"{given[0]} needs a FAMILY, e.g. effbench search ravit_cifar10 {given[0]} ...")
    found = search(budget_of(args), args.machine, args.best, here)
    emit(_text(found, args), args.output)
    return 0 if found.rows else NONE_FOUND


def budget_of(args: argparse.Namespace) -> Budget:
    """The budgets of the command line."""
    return units.Budget(
        macs=args.max_macs,
        params=args.max_params,
        memory=args.max_memory,
        throughput=args.min_throughput,
        latency=args.max_latency,
        top1=args.min_top1,
    )


def _text(found: Search, args: argparse.Namespace) -> str:
    exact = is_exact(args.format)
    most = args.limit or (None if exact else SHOWN)
    if not found.rows and exact:
        return render([], COLUMNS, args.format)
    rows = found.rows[:most] if found.rows else found.nearest
    columns = COLUMNS if args.machine else [one for one in COLUMNS if one.title not in TIMED]
    return render(rows, columns, args.format, title=_title(found, len(rows)), notes=_notes(found, args))


def _title(found: Search, shown: int) -> str:
    if not found.rows:
        return "No network meets the budgets; these come nearest"
    return f"{len(found.rows)} networks of timm meet the budgets" + (
        f"; the first {shown}" if shown < len(found.rows) else ""
    )


def _notes(found: Search, args: argparse.Namespace) -> list[str]:
    from effbench.models.shipped import mismatch
    from effbench.selection.accuracy import SOURCE

    missing = len(found.uncounted)
    over = [
        f"{row.model}{_late(row, found)}: the budget it misses most is exceeded {row.excess:.3g} times."
        for row in found.nearest
    ]
    timed = ""
    if args.machine:
        by = "on this machine, side by side with the others" if args.machine == HERE else "as timm published it"
        timed = (
            f"predicted: with its 90 % interval; measured: {by}. A budget of time holds for both where both are known."
        )
    return [
        *over,
        f"top-1: published at that image size ({SOURCE}). MACs and parameters: counted.",
        *_about_here(args),
        *filter(
            None,
            [
                timed,
                busy_note(found.busy),
                pace_note(found.pace),
                f"{missing} published models have no count and are left out." if missing else "",
            ],
        ),
        *filter(None, [mismatch()]),
    ]


def _about_here(args: argparse.Namespace) -> list[str]:
    if args.machine != HERE:
        return []
    from effbench.cli.predict import here_notes

    return here_notes(args.threads, args.clock)


def _late(row: Found, found: Search) -> str:
    return REFUSED if found.rows and row.measured else ""


def pace_note(pace: float | None) -> str:
    """What a reader should know of predictions that the clock did not bear out; empty where there is nothing."""
    if pace is None:
        return ""
    way = f"{pace:.2f} times as fast" if pace > 1 else f"{1 / pace:.2f} times as slow"
    return (
        f"This machine is {way} as when it was calibrated: finalists were chosen by that, times predicted are those of "
        "the calibration; `effbench predict --calibrate` makes another."
    )


def busy_note(busy: float | None) -> str:
    """Whether the clock can be relied on."""
    if busy is None:
        return ""
    from effbench.prediction.timing import BUSY

    if busy <= BUSY:
        return ""
    return f"The machine was busy while finalists were timed: wall time was {busy:.1f} times processor time."


def interval(row: Found | Layout) -> str | None:
    """Of the images per second."""
    if row.low is None or row.high is None:
        return None
    return f"[{significant(row.low, 3)}, {significant(row.high, 3)}]"


TIMED = ("predicted images/s", "90 % interval", "measured", "batch")
COLUMNS: Sequence[Column[Found]] = [
    of("model", lambda row: row.model),
    of("size", lambda row: f"{row.size}²", right=True),
    of("top-1", lambda row: f"{fixed(100 * row.top1, 2)} %", right=True),
    of("MACs", lambda row: row.macs, scaled, right=True),
    of("params", lambda row: row.params, lambda value: scaled(value, 1), right=True),
    of("weights", lambda row: row.memory, bytes_binary, right=True),
    of("batch", lambda row: row.batch, right=True),
    of("predicted images/s", lambda row: row.images_per_s, lambda value: significant(value, 3), right=True),
    of("90 % interval", interval, right=True),
    of("measured", lambda row: row.measured, significant, right=True),
]
