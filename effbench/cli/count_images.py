"""``effbench count --data``: the work of networks on images."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.data_option import VARIABLE, default_folder
from effbench.cli.naming import names
from effbench.cli.parser import Parser, fraction, whole_number
from effbench.cli.paths import input_folder
from effbench.cost.convention import convention
from effbench.errors import EffbenchError, MissingExtra, UnknownName
from effbench.models.inputs import shown
from effbench.models.registry import Model, resolve
from effbench.models.spec import require_range
from effbench.render.numbers import fixed, scaled, seconds
from effbench.render.progress import Progress
from effbench.render.table import Column, Quantity, of, render

if TYPE_CHECKING:
    from effbench.counting.executed import Executed, WorkRow

IMAGES, MOST = 256, 100_000
"""Images that are run unless ``--images`` says how many, and the most that it may say."""

OTHERS = ("input", "backward", "by", "depth")
"""Options that have no effect on single images of a set."""


def add_images(parser: Parser) -> None:
    """The options."""
    parser.add_argument(
        "--data",
        metavar="NAME|FOLDER",
        help=f"run the network on single images of this set (in ${VARIABLE} or data/) or folder: work as executed",
    )
    parser.add_argument(
        "--images",
        type=whole_number,
        metavar="N",
        help=f"images of --data, drawn at random (default: {IMAGES}, or all)",
    )
    parser.add_argument(
        "--kept", type=fraction, metavar="SHARE", help="share of the tokens that is said to be kept (default: as seen)"
    )


def on_images(args: argparse.Namespace) -> str:
    """What ``--data`` asks for, in the format.

    Raises:
        EffbenchError: an option that has no effect, no such set, images that cannot be read or are not taken.
    """
    _require_alone(args)
    place = _place(args.data)
    chosen = convention(args.convention or "macs")
    models = [_at_size(name, args.size, place) for name in names(args)]
    found = [_executed(args, model, place) for model in models]
    notes = [
        f"{chosen.name} [{chosen.unit}]: {chosen.doc}.",
        "Saved: of the dense work. Intervals, 95 %: Student's t, over images; of the clock there is none: it is one "
        "process, and others differ.",
        *(f"{one.rows[0].model}: no price: {op}" for one in found for op in one.uncounted),
    ]
    return render([row for one in found for row in one.rows], COLUMNS, args.format, notes=notes)


def _require_alone(args: argparse.Namespace) -> None:
    given = [f"--{name}" for name in OTHERS if getattr(args, name)]
    given += [f"--batch {args.batch}"] if args.batch != 1 else []
    given += [f"--counter {args.counter}"] if args.counter != "dispatch" else []
    given += [f"--device {args.device}"] if args.device not in ("auto", "cpu") else []
    if given:
        raise EffbenchError(
            f"{', '.join(given)}: no effect with --data, which runs single images on the CPU with our counter"
        )
    if args.images is not None:
        require_range("--images", args.images, 1, MOST)


def _place(text: str) -> str | Path:
    """The name of a set, or a folder."""
    from effbench.training.data.catalogue import DATASETS

    if text in DATASETS:
        return text
    if "/" in text or Path(text).exists():
        return input_folder(text)
    raise UnknownName("data set", text, DATASETS, "(or give a folder of images)")


def _at_size(name: str, size: int | str | None, place: str | Path) -> Model:
    """The model for images of the size that is typed, its own, or, where code says none, that of the set."""
    from effbench.training.data.catalogue import dataset

    model = resolve(name, size)
    side = dataset(place).side if isinstance(place, str) else None
    if size is None and side is not None and not model.states_classes:
        model = resolve(name, side)
    if model.spec.image_width:
        raise EffbenchError(f"--data gives square images, not {model.size}: write --size 224")
    return model


def _executed(args: argparse.Namespace, model: Model, place: str | Path) -> Executed:
    from effbench.counting.executed import executed

    try:
        from effbench.training.data.drawn import drawn
    except ImportError as error:
        raise MissingExtra("reading images", error.name or "torch", "train") from None
    images = drawn(place, args.images, most=IMAGES, size=model.spec.image_size, root=default_folder())
    left = 2 * images.source.images
    chosen = convention(args.convention or "macs")
    with Progress() as told:

        def tell(doing: str) -> None:
            nonlocal left
            told(left, f"{doing} {model.name}")
            left -= 1

        how = {"kept": args.kept, "strict": args.strict, "tell": tell}
        return executed(model, images.each, images.name, chosen, **how)


def _value(row: WorkRow) -> str:
    if row.value is None:
        return "-"
    if row.unit == "s":
        return seconds(row.value)
    around = "" if row.low is None or row.high is None else f" [{scaled(row.low)}, {scaled(row.high)}]"
    return f"{scaled(row.value)} {row.unit}s{around}"


VALUE: Quantity[WorkRow] = Quantity(lambda row: row.value, lambda row: row.unit, best="")
COLUMNS: list[Column[WorkRow]] = [
    of("model", lambda row: row.model),
    of("size", lambda row: shown(row.size), right=True),
    of("data", lambda row: row.data),
    of("images", lambda row: row.images, right=True),
    of("reading", lambda row: row.reading),
    of("an image", _value, right=True, key="value", also=("macs", "flops"), quantity=VALUE),
    of("saved", lambda row: row.saved, lambda share: f"{fixed(100 * share, 2)} %", right=True),
    of("how", lambda row: row.how),
]
