"""The ``effbench`` command: one module per subcommand, with SUMMARY, EXAMPLES, ``configure`` and ``run``.

Only the module of the command that is called is imported. A command with ACTIONS is a package with a module per action.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType

from effbench import __version__
from effbench.cli.defaults import said
from effbench.cli.manner import as_asked
from effbench.cli.parser import Parser
from effbench.errors import LONGEST, EffbenchError, UnknownName, missing, shortened
from effbench.files.printable import printable
from effbench.files.terminal import RED, is_coloured, paint
from effbench.models.plugins import allow_all, nothing_allowed
from effbench.processes.signals import Ended, orderly
from effbench.render.progress import Progress

COMMANDS = {"list": "ls"} | {
    name: name
    for name in (
        "flops",
        "count",
        "crosscheck",
        "check",
        "formula",
        "explain",
        "lint",
        "heatmap",
        "profile",
        "data",
        "train",
        "sweep",
        "exits",
        "export",
        "roofline",
        "predict",
        "search",
        "claims",
        "tables",
        "why",
        "atlas",
        "report",
        "gate",
        "doctor",
    )
}
"""Command -> its module; a module called ``list`` would hide the built-in in this package."""

USAGE_ERROR = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input (one line on standard error), 130 interrupted.

    128 and its number if a signal asked it to end, as a shell says it: 143 for SIGTERM, 129 for SIGHUP.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ² shows ? instead of a traceback
    with orderly() as asked:
        code = _ran(list(sys.argv[1:] if argv is None else argv))
        if asked.name:
            with suppress(OSError):  # a terminal that was closed takes no words
                print(f"effbench: ended by {asked.name}", file=sys.stderr)
    return asked.code or code


def _ran(argv: list[str]) -> int:
    """The exit code; an error is one line on standard error."""
    try:
        with nothing_allowed():
            code = _dispatch(argv)
        if sys.stdout is not None:
            sys.stdout.flush()
    except EffbenchError as error:
        if {"-v", "--verbose"} & set(argv):
            traceback.print_exc()
        _print_error(str(error))
        return USAGE_ERROR
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # standard output could not be written, e.g. a full disk behind a redirection
        _print_error(error.strerror or str(error))
        return USAGE_ERROR
    except Ended:
        return INTERRUPTED
    except KeyboardInterrupt:
        print("effbench: interrupted", file=sys.stderr)
        return INTERRUPTED
    return code


def _print_error(text: str) -> None:
    word = paint("error:", RED) if is_coloured(sys.stderr) else "error:"
    print(
        f"effbench: {word} {shortened(printable(text, keep=''), LONGEST - len('effbench: error: '))}", file=sys.stderr
    )


def _names() -> str:
    from effbench.models.registry import every_name

    return "\n".join(every_name())


def _completion(words: list[str]) -> str:
    from effbench.cli.completion import script

    return script(words, COMMANDS)


FLAGS: Mapping[str, Callable[[list[str]], str]] = {
    "--version": lambda words: f"effbench {__version__}",
    "--print-completion": _completion,
    "--print-names": lambda words: _names(),
}
"""What can be asked without a command; ``--print-names`` is what completion asks."""


def _dispatch(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help"):
        print(_overview())
        return 0 if argv else USAGE_ERROR
    if argv[0] in FLAGS:
        print(FLAGS[argv[0]](argv[1:]))
        return 0
    name = argv[0]
    if name not in COMMANDS:
        raise UnknownName("command", name, COMMANDS)
    command = import_module(f"effbench.cli.{COMMANDS[name]}")
    rest = argv[1:]
    actions: dict[str, str] | None = getattr(command, "ACTIONS", None)
    if actions is not None:
        if not rest or rest[0] in ("-h", "--help"):
            print(_group_help(name, command, actions))
            return 0 if rest else USAGE_ERROR
        if rest[0] not in actions:
            raise UnknownName(f"action of {name}", rest[0], actions)
        command, name, rest = import_module(f"{command.__name__}.{actions[rest[0]]}"), f"{name} {rest[0]}", rest[1:]
    parser = Parser(name, command.SUMMARY, command.EXAMPLES)
    command.configure(parser)
    args = parser.read(rest, argparse.Namespace(argv=argv))
    if getattr(args, "allow_code", False):
        allow_all()
    with warnings.catch_warnings(), as_asked(args), said(args), Progress(f"effbench {name}"):
        warnings.simplefilter("ignore", FutureWarning)  # of libraries, about each other
        try:
            return int(command.run(args))
        except ModuleNotFoundError as error:
            raise missing(f"effbench {name}", error) or error from None


def _group_help(name: str, group: ModuleType, actions: Mapping[str, str]) -> str:
    """Help of a command that is several: its actions, each with its summary."""
    lines = [f"  {word:<10} {import_module(f'{group.__name__}.{file}').SUMMARY}" for word, file in actions.items()]
    return "\n".join(
        [
            f"usage: effbench {name} ACTION [options]",
            "",
            f"{group.SUMMARY[0].upper()}{group.SUMMARY[1:]}.",
            "",
            "actions:",
            *lines,
            "",
            f"examples:\n{group.EXAMPLES}",
        ]
    )


def _overview() -> str:
    lines = [f"  {name:<10} {import_module(f'effbench.cli.{COMMANDS[name]}').SUMMARY}" for name in COMMANDS]
    return "\n".join(
        [
            "usage: effbench COMMAND [options]",
            "",
            "What a vision transformer really costs, and whether published efficiency claims hold.",
            "",
            "commands:",
            *lines,
            "",
            "effbench COMMAND --help shows options and examples; effbench --version the version;",
            "effbench --print-completion bash (zsh, fish) a script that completes command lines.",
        ]
    )
