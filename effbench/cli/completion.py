"""Completion of command lines: ``effbench --print-completion bash``, or zsh, or fish."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from effbench.cli.parser import Parser
from effbench.errors import EffbenchError, MissingExtra, UnknownName

SHELLS = ("bash", "zsh", "fish")
NAMES = "effbench --print-names; ls *.py 2>/dev/null"
"""What a shell runs for the names of models."""


def script(words: Sequence[str], commands: dict[str, str]) -> str:
    """The script that a shell reads.

    Args:
        words: the shell, alone. commands: command -> its module.

    Raises:
        EffbenchError: not one shell was named. UnknownName: not one of SHELLS. MissingExtra: shtab is not installed.
    """
    if len(words) != 1:
        raise EffbenchError(f"--print-completion takes one shell: {', '.join(SHELLS)}")
    if words[0] not in SHELLS:
        raise UnknownName("shell", words[0], SHELLS)
    try:
        import shtab
    except ImportError:
        raise MissingExtra("completion", "shtab", "shell") from None
    root = argparse.ArgumentParser(prog="effbench", description="what a vision transformer really costs")
    root.add_argument("--version", action="store_true", help="the version")
    below = root.add_subparsers()
    for name, module in commands.items():
        command = import_module(f"effbench.cli.{module}")
        actions: dict[str, str] = getattr(command, "ACTIONS", {})
        if actions:
            group = below.add_parser(name, help=command.SUMMARY).add_subparsers()
            for word, file in actions.items():
                _add(group, word, f"{name} {word}", import_module(f"{command.__name__}.{file}"), shtab.cmd(NAMES))
        else:
            _add(below, name, name, command, shtab.cmd(NAMES))
    return str(shtab.complete(root, words[0]))


def _add(below: Any, word: str, name: str, command: ModuleType, models: object) -> None:
    """The command's own parser, with what completes names of models and files."""

    def made(**ours: object) -> Parser:
        return Parser(name, command.SUMMARY, command.EXAMPLES)

    below._parser_class = made
    parser = below.add_parser(word, help=command.SUMMARY)
    command.configure(parser)
    for action in parser._actions:
        kind = getattr(action.type, "__name__", "")
        complete = {"model": models, "output_file": {"bash": "_shtab_compgen_files", "zsh": "_files"}}.get(kind)
        if complete is not None:
            action.complete = complete
