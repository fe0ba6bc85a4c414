"""Names of models as they are typed: ``-`` for those on standard input, patterns for all that match."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.models.code import with_arguments
from effbench.models.plugins import file_of, is_onnx
from effbench.models.registry import every_name

STDIN = "-"


def expand(found: argparse.Namespace) -> None:
    """Set ``models``, or the only ``model``, to the names that are meant.

    Raises:
        EffbenchError: nothing on standard input, a pattern that nothing matches, or several names where one is taken.
    """
    if getattr(found, "models", None):
        found.models = _expanded(found.models)
    elif isinstance(getattr(found, "model", None), str):
        names = _expanded([found.model])
        if len(names) > 1:
            raise EffbenchError(f"{found.model} names {len(names)} models, e.g. {names[0]}; this command takes one")
        found.model = names[0]


def _expanded(typed: Sequence[str]) -> list[str]:
    names = [name for word in typed for name in (_standard_input() if word == STDIN else [word])]
    return [name for word in names for name in (matching(word) if is_pattern(word) else [word])]


def _standard_input() -> list[str]:
    """A name a line; ``#`` begins a remark."""
    lines = [] if sys.stdin is None else sys.stdin.read().splitlines()
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    if not names:
        raise EffbenchError("no names of models on standard input")
    return names


def is_pattern(name: str) -> bool:
    """Whether the name stands for those that match it; a file, or a model with arguments by name, is itself."""
    if is_onnx(name) and Path(name).is_file():
        return False
    return file_of(name) is None and "=" not in name and any(c in name.partition(":")[0] for c in "*?[")


def matching(pattern: str) -> list[str]:
    """Registered names and names with a prefix, e.g. timm's, that match; timm's tags only where a point is typed.

    Raises:
        EffbenchError: none does.
    """
    known = every_name(tagged="." in pattern)
    found = [name for name in known if fnmatchcase(name, pattern)]
    if not found:
        raise EffbenchError(f"no model matches {pattern!r} (all: effbench list, timm.list_models())")
    return found


def names(args: argparse.Namespace) -> list[str]:
    """The models that were typed, with the arguments beside them."""
    typed = [args.model] if hasattr(args, "model") else args.models
    if not typed and (args.arg or args.input):
        raise EffbenchError("--arg and --input are of a MODEL: name one")
    if args.arg and any(map(is_onnx, typed)):
        raise EffbenchError("--arg is of networks of code: an ONNX file takes no arguments")
    return [with_arguments(name, args.arg) for name in typed]


def command_line(name: str, args: argparse.Namespace, options: Sequence[argparse.Action]) -> str:
    """The command with its models, every one of the options that is not at its default, and where the output goes."""
    words = ["effbench", name, *args.models]
    for option in options:
        value = getattr(args, option.dest)
        if value != option.default:
            values = [] if value is True else value if isinstance(value, list) else [value]
            again = option.dest in ("input", "arg")  # given once for each value
            flag = option.option_strings[0]
            words += [word for one in values for word in (flag, str(one))] if again else [flag, *map(str, values)]
    words += ["--format", args.format] if args.format != "table" else []
    words += ["--output", str(args.output)] if args.output else []
    return shlex.join(words)
