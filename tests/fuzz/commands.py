"""Every command with its parser, found as the command line finds it: a new command or option joins by itself."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from effbench.cli import COMMANDS
from effbench.cli.parser import Parser


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        words: that call it, e.g. ``("gate", "check")``. parser: of its arguments. examples: arguments of lines that its
            help shows.
    """

    words: tuple[str, ...]
    parser: Parser
    examples: tuple[tuple[str, ...], ...]

    @property
    def options(self) -> list[argparse.Action]:
        """All but help and positional arguments, in order."""
        return [action for action in self.parser._actions if action.option_strings and action.dest != "help"]

    @property
    def positionals(self) -> list[argparse.Action]:
        """Positional arguments, in order."""
        return [action for action in self.parser._actions if not action.option_strings]


def commands() -> Iterator[Command]:
    """All of them; one with actions is one for each."""
    for name, file in COMMANDS.items():
        module = import_module(f"effbench.cli.{file}")
        actions = getattr(module, "ACTIONS", None)
        if actions is None:
            yield _command((name,), f"effbench.cli.{file}")
        else:
            yield from (_command((name, word), f"{module.__name__}.{part}") for word, part in actions.items())


def _command(words: tuple[str, ...], module: str) -> Command:
    made = import_module(module)
    parser = Parser(" ".join(words), made.SUMMARY, made.EXAMPLES)
    made.configure(parser)
    return Command(words, parser, tuple(_examples(words, made.EXAMPLES)))


def _examples(words: tuple[str, ...], text: str) -> Iterator[tuple[str, ...]]:
    """Of the lines of help that are one command, what follows the command's words; what explains a line is left out."""
    begin = f"effbench {' '.join(words)}"
    for line in text.splitlines():
        told = re.split(r"\s{3,}", line.strip())[0]
        if told == begin or (told.startswith(f"{begin} ") and not re.search(r"[|>&]", told)):
            yield tuple(shlex.split(told)[1 + len(words) :])
