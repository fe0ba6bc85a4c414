"""``effbench data list``."""

from __future__ import annotations

import argparse
from typing import Any

from effbench.cli.parser import Parser
from effbench.files.atomic import emit
from effbench.render.table import column, render
from effbench.training.data.catalogue import DATASETS, DataSet, Layout, dataset

SUMMARY = "the data sets, their sizes, the files each is read from and how to get them"
EXAMPLES = """\
  effbench data list
  effbench data list cifar10
  effbench data list --format json"""

NOTES = [
    "Files are wanted in DIR or DIR/NAME, where DIR is what --data says; a set without files needs no download.",
    "A calibration part, if a recipe asks for one, is held out of the training images.",
]
FEW = 4
"""Names that are all shown."""


def configure(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="only this data set")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    chosen = list(DATASETS.values()) if args.name is None else [dataset(args.name)]
    notes = [line for one in chosen for line in _lines(one)]
    emit(render([_row(one) for one in chosen], COLUMNS, args.format, notes=[*notes, *NOTES]), args.output)
    return 0


def _row(one: DataSet) -> dict[str, Any]:
    return {
        "name": one.name,
        "about": one.about,
        "classes": one.num_classes,
        "side": one.side,
        "train": one.train_images,
        "test": one.test_images,
        "files": [_files(layout) for layout in one.layouts],
        "get": one.get,
        "licence": one.licence,
    }


def _lines(one: DataSet) -> list[str]:
    """What the set is, its files, where it is from."""
    files = " or ".join(_files(layout) for layout in one.layouts)
    facts = {"files": files, "to get it": one.get, "licence": one.licence}
    return [f"{one.name}: {one.about}", *(f"  {fact}: {value}" for fact, value in facts.items() if value), ""]


def _files(layout: Layout) -> str:
    names = [f"{layout.folder}/{name}" if layout.folder else name for name in (*layout.train, *layout.test)]
    names = list(dict.fromkeys(names))
    return ", ".join(names) if len(names) <= FEW else f"{names[0]} ... {names[-1]} ({len(names)})"


COLUMNS = [
    column("data set", "name"),
    column("classes", "classes", right=True),
    column("side", "side", right=True),
    column("train", "train", right=True),
    column("test", "test", right=True),
]
