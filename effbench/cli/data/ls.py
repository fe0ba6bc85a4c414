"""``effbench data list``."""

from __future__ import annotations

import argparse

from effbench.cli.parser import Parser
from effbench.files.atomic import emit
from effbench.render.table import Column, of, render
from effbench.training.data.catalogue import DATASETS, dataset
from effbench.training.data.dataset import DataSet

SUMMARY = "list the data sets, their sizes, their files and how to get them"
EXAMPLES = """\
  effbench data list
  effbench data list cifar10
  effbench data list --format json"""

NOTES = [
    "Files are wanted in DIR or DIR/NAME, where DIR is what --data says; a set without files needs no download.",
    "A calibration part, if a recipe asks for one, is held out of the training images.",
]


def configure(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="only this data set")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    sets = list(DATASETS.values()) if args.name is None else [dataset(args.name)]
    columns: list[Column[DataSet]] = [
        of("data set", lambda one: one.name),
        of("classes", lambda one: one.num_classes, right=True),
        of("side", lambda one: one.side, right=True),
        of("train", lambda one: one.train_images, right=True),
        of("test", lambda one: one.test_images, right=True),
    ]
    notes = [*(line for one in sets for line in _lines(one)), *NOTES]
    emit(render(sets, columns, args.format, notes=notes), args.output)
    return 0


def _lines(one: DataSet) -> list[str]:
    """What the set is, its files, where it is from."""
    files = " or ".join(layout.shown for layout in one.layouts)
    facts = {"files": files, "to get it": one.get, "licence": one.licence}
    return [f"{one.name}: {one.about}", *(f"  {fact}: {value}" for fact, value in facts.items() if value), ""]
