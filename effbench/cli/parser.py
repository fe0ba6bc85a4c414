"""Argument parsing shared by the commands: one-line errors, help with examples, the options every command has."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from math import nan
from pathlib import Path
from typing import Any, NoReturn

from effbench.cli import defaults
from effbench.cli.manner import add_manner
from effbench.cli.naming import expand
from effbench.cli.paths import existing, output_file
from effbench.errors import EffbenchError
from effbench.files.terminal import warn
from effbench.models.inputs import is_side, parse_input, parse_side
from effbench.models.plugins import allow
from effbench.render.formats import FORMATS

MODEL = (
    "registered name, timm/NAME, torchvision/NAME, FILE.py, FILE.py:NAME, package.module:factory; "
    "patterns (timm/deit3_*) or -"
)
"""What a model may be."""

DIGITS = 18
"""Of the largest number that any option takes; it fits into 64 bits."""


outdated: list[str] = []
"""What a command line says as in an earlier release; remarked once it is known whether the command is quiet."""


class _Once(argparse.Action):
    """An option that takes one value and is given once."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} takes one size here, not several")
        setattr(namespace, self.dest, values)


class Former(argparse.Action):
    """An option of an earlier release that stands for ``const``, another one; using it prints a line."""

    def __call__(
        self, parser: argparse.ArgumentParser, found: argparse.Namespace, values: object, option: str | None = None
    ) -> None:
        outdated.append(f"{option} is now {self.const}; {option} works in this release")
        found.former = [*getattr(found, "former", []), (self.dest, values)]


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
        self._output = False
        self._command = name
        add_manner(self)
        self.size_options: tuple[str, ...] = ()

    def error(self, message: str) -> NoReturn:
        raise EffbenchError(f"{message} (see {self.prog} --help)")

    def _one_by_one(self, words: Sequence[str]) -> Iterator[str]:
        """``--size 256 384 MODEL`` -> ``--size=256 --size=384 MODEL``."""
        option = ""
        for word in words:
            if option and is_side(word):
                yield f"{option}={word}"
                first = False
                continue
            if option and first:
                yield option
            option, first = (word, True) if word in self.size_options else ("", True)
            if not option:
                yield word
        if option and first:
            yield option

    def add_network(self, nargs: str | None = None, *, sizes: bool = False, help: str = MODEL) -> list[argparse.Action]:
        """The model or models, their size, arguments and inputs; the options among these.

        Args:
            nargs: of ``models``; None: one ``model``.
            sizes: whether several sizes may be given.
        """
        arguments = self.add_model(nargs, help)
        own = "the model's own" if nargs is None else "each model's own"
        self.size_options = ("--size", "--sizes") if sizes else ("--size",)
        return [
            self.add_argument(
                *self.size_options,
                dest="size",
                type=parse_side,
                action="append" if sizes else _Once,
                metavar="S",
                help=f"image side in pixels, or height x width as 224x320{', several' * sizes} (default: {own})",
            ),
            arguments,
            self.add_argument(
                "--input",
                action="append",
                default=[],
                type=input_text,
                metavar="SHAPE",
                help="what the network is called with, in the place of an image: 2x3x224x320, ids=1x77:int64 "
                "(again for more inputs; the batch first)",
            ),
        ]

    def add_model(self, nargs: str | None = None, help: str = MODEL) -> argparse.Action:
        """The model or models, and ``--arg``, which is the option."""
        name = "model" if nargs is None else "models"
        self.add_argument(name, type=model, metavar="MODEL", help=help, nargs=nargs)
        return self.add_argument(
            "--arg",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="argument of the code that makes the network, a Python literal or text (may be given again)",
        )

    def add_output(self, more: str = "") -> None:
        """``--format`` and ``--output``; the ending of the file chooses the format."""
        self.add_argument(
            "--format",
            choices=FORMATS,
            help="json, jsonl and csv hold exact values (default: by FILE's ending, else table)",
        )
        endings = ", ".join(f".{one.suffix}" for one in FORMATS.values())
        self.add_argument(
            *("-o", "--output"),
            type=output_file,
            metavar="FILE",
            help=f"write to FILE instead of printing; its ending ({endings}) chooses the format{more}",
        )
        self.add_argument("--wide", action="store_true", help="tables as wide as they are, not as the terminal")
        self._output = True

    def add_journal(self, what: str) -> argparse.Action:
        """``--journal FILE`` keeps ``what`` as it is measured; ``--out`` is its former name."""
        resumes = f"keep {what} in FILE as it is measured; the same command resumes from it"
        self.add_former("--out", "--journal", "journal", output_file)
        return self.add_argument("--journal", type=output_file, metavar="FILE", help=resumes)

    def add_former(self, former: str, now: str, dest: str, kind: Callable[[str], object]) -> None:
        """A spelling of an earlier release that still works and is not in the help."""
        self.add_argument(former, action=Former, const=now, dest=dest, type=kind, help=argparse.SUPPRESS)

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
            type=existing,
            default=[],
            metavar="PATH",
            help="also papers of yours: a TOML file, or a folder of them (may be given again)",
        )

    def read(self, words: Sequence[str], namespace: argparse.Namespace) -> argparse.Namespace:
        """The command line; the format that ``--output`` asks for is in ``format``.

        A list of sizes ends at the first word that is none.
        """
        outdated.clear()
        empty = next((word for word in words if word.startswith("--") and word.endswith("=--")), None)
        if empty is not None:  # argparse takes this for an option without a value, and its type is never asked
            self.error(f"argument {empty[:-3]}: expected a value, got '--'")
        found = self.parse_intermixed_args(list(self._one_by_one(words)), namespace)
        found.typed = {action.dest for action in self._actions if defaults.is_typed(action, words)}
        defaults.apply(self, self._command, words, found)
        for line in () if found.quiet else outdated:
            warn(line)
        for action in self._actions:
            value = getattr(found, action.dest, None)
            if (value == "" and action.default != "") or (isinstance(value, list) and "" in value):
                self.error(f"argument {'/'.join(action.option_strings) or action.metavar}: expected a value, got ''")
        for name, value in found.__dict__.pop("former", []):
            setattr(found, name, [*getattr(found, name), value] if name == "models" else value)
        if self._output:
            found.format = format_of(found.format, found.output)
        if self._command != "atlas":  # whose patterns are of timm's names alone
            expand(found)
        return found


def format_of(name: str | None, output: Path | None) -> str:
    """The format by its name, else by the ending of the file, else ``table``.

    Raises:
        EffbenchError: the ending is that of another format.
    """
    ending = "" if output is None else output.suffix.removeprefix(".")
    by_ending = next((one.name for one in FORMATS.values() if one.suffix == ending), None)
    if name and by_ending and name != by_ending:
        raise EffbenchError(f"--format {name} and --output {output} disagree: .{ending} is the ending of {by_ending}")
    return name or by_ending or "table"


def model(text: str) -> str:
    """A model typed by a user: if it is a file, it may be run."""
    allow(text)
    return text


def input_text(text: str) -> str:
    """An input typed by a user, in its shortest spelling."""
    return str(parse_input(text))


def whole_number(text: str) -> int:
    """An integer typed by a user, of at most DIGITS digits."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if len(str(abs(value))) > DIGITS:
        raise argparse.ArgumentTypeError(f"{text} is too large: at most {DIGITS} digits")
    return value


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


def tolerance(text: str) -> float:
    """A slow-down or a chance as a fraction: ``0.02`` or ``2%``. A number of 1 or more is a percentage, as formerly."""
    try:
        value = float(text)
    except ValueError:
        return fraction(text)
    if not 1 <= value <= 100:
        return fraction(text)
    outdated.append(f"{text} is read as {text}%: in this release a number of 1 or more is a percentage")
    return value / 100
