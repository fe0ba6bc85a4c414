"""``effbench data check``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.data_option import add_data, data_folder
from effbench.cli.parser import Parser, whole_number
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.render.progress import Progress
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.training.data.check import Checked

SUMMARY = "read every file of a data set, and name and count the damaged ones"
EXAMPLES = """\
  effbench data check cifar10 --data /data
  effbench data check imagenet --data /data/imagenet --part test --jobs 16
  effbench data check animals10 --data /data --format csv"""

PARTS = ("train", "test")
DAMAGED = 1


def configure(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="see effbench data list")
    add_data(parser)
    parser.add_argument("--part", choices=PARTS, help="default: both")
    parser.add_argument("--jobs", type=whole_number, default=4, metavar="N", help="files read at a time (default: 4)")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    """0: whole. 1: files are damaged, or there are not as many images as there should be."""
    from effbench.training.data.check import check

    if args.jobs < 1:
        raise EffbenchError(f"--jobs must be 1 or more, got {args.jobs}")
    with Progress() as progress:
        found = [
            check(args.name, part, data_folder(args), threads=args.jobs, tell=progress)
            for part in ([args.part] if args.part else PARTS)
        ]
    notes = [f"{one.part}: {broken.path}: {broken.reason}" for one in found for broken in one.files]
    columns: list[Column[Checked]] = [
        of("part", lambda one: one.part),
        of("images", lambda one: one.images, right=True),
        of("as published", lambda one: one.expected, right=True),
        of("damaged files", lambda one: len(one.files), right=True),
    ]
    emit(render(found, columns, args.format, notes=notes), args.output)
    return 0 if all(one.whole for one in found) else DAMAGED
