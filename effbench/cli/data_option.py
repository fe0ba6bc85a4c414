"""``--data`` of the commands that read data sets."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from effbench.cli.parser import Parser
from effbench.cli.paths import input_folder

VARIABLE, FOLDER = "EFFBENCH_DATA", Path("data")
"""Environment variable with the folder of the data sets, and the folder without it."""


def add_data(parser: Parser) -> None:
    """The option."""
    parser.add_argument(
        "--data",
        type=input_folder,
        metavar="DIR",
        help=f"folder of the data sets (default: ${VARIABLE} or {FOLDER}/)",
    )


def data_folder(args: argparse.Namespace) -> Path:
    """The folder it names, or the default."""
    return args.data or default_folder()


def default_folder() -> Path:
    """The folder of the data sets where none is named."""
    return Path(os.environ.get(VARIABLE) or FOLDER)
