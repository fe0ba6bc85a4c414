"""Argument parsing shared by the commands: one-line errors, help with examples, the options every command has."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from decimal import Decimal
from math import nan
from pathlib import Path
from typing import NoReturn

from effbench.errors import EffbenchError
from effbench.files.atomic import require_replaceable, require_writable
from effbench.models.plugins import allow
from effbench.render.formats import FORMATS


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are EffbenchErrors."""

    def __init__(self, name: str, summary: str, examples: str) -> None:
        super().__init__(
            prog=f"effbench {name}",
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        raise EffbenchError(f"{message} (see {self.prog} --help)")

    def add_output(self) -> None:
        """``--format`` and ``--output``."""
        self.add_argument(
            "--format", choices=FORMATS, default="table", help="json and csv hold exact values (default: table)"
        )
        self.add_argument("--output", type=output_file, metavar="FILE", help="write to FILE instead of printing")

    def add_allow_code(self, what: str) -> None:
        """``--allow-code``, of a command that reads ``what`` with names of models in it."""
        self.add_argument(
            "--allow-code", action="store_true", help=f"run model files (FILE.py) that the {what} names, not you"
        )

    def add_papers(self) -> None:
        """``--papers``: a user's papers beside those of the package."""
        self.add_argument(
            "--papers",
            action="append",
            type=Path,
            default=[],
            metavar="PATH",
            help="also papers of yours: a TOML file, or a folder of them (may be given again)",
        )


def command_line(name: str, args: argparse.Namespace, options: Sequence[argparse.Action]) -> str:
    """The command with its models, every one of the options that is not at its default, and where the output goes."""
    words = ["effbench", name, *args.models]
    for option in options:
        value = getattr(args, option.dest)
        if value != option.default:
            values = [] if value is True else value if isinstance(value, list) else [value]
            words += [option.option_strings[0], *map(str, values)]
    words += ["--format", args.format] if args.format != "table" else []
    words += ["--output", str(args.output)] if args.output else []
    return shlex.join(words)


def model(text: str) -> str:
    """A model typed by a user: if it is a file, it may be run."""
    allow(text)
    return text


def whole_number(text: str) -> int:
    """An integer typed by a user."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def fraction(text: str) -> float:
    """A share from 0 to 1 typed by a user: ``0.02``, or ``2%`` for the same."""
    digits = text.strip()
    try:
        value = float(Decimal(digits.removesuffix("%")) / (100 if digits.endswith("%") else 1))
    except ArithmeticError:
        value = nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a fraction from 0 to 1, e.g. 0.02 or 2%")
    return value


def output_file(text: str) -> Path:
    """A file that can be written: known before any work is done."""
    path = Path(text)
    require_writable(path.parent)
    require_replaceable(path)
    return path
