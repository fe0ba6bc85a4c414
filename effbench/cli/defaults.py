"""``[tool.effbench]`` in the nearest pyproject.toml: defaults of options; those of one command in a table of its name.

A project's file is data: it sets no model, no file that is written and nothing that runs code.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from effbench.cost.convention import conventions
from effbench.errors import EffbenchError, UnknownName
from effbench.files.toml import read_toml
from effbench.render.formats import FORMATS

SHARED: Mapping[str, Sequence[object] | type] = {
    "convention": (),
    "format": tuple(FORMATS),
    "device": (),
    "threads": int,
    "wide": bool,
    "quiet": bool,
    "verbose": bool,
    "papers": list,
}
"""Keys for every command that has such an option."""

REFUSED = {"model", "output_file", "output_folder", "input_file", "input_folder", "existing", "Path"}
"""Types of options that a project's file may not set, but for ``papers``: they name code, or files."""
UNSET = {"output", "out", "journal", "allow_code", "snapshot", "measurements", "set", "arg", "input", "help"}


def apply(parser: argparse.ArgumentParser, command: str, words: Sequence[str], found: argparse.Namespace) -> None:
    """Set the options that were not typed as the file says; ``defaults`` of the namespace says which.

    Raises:
        EffbenchError: an unknown key or a wrong value, with file and key.
    """
    path = _file()
    table = {} if path is None else _table(path)
    if path is None or not table:
        return
    from effbench.cli import COMMANDS

    options = _options(parser)
    own = table.get(command.split()[0], {})
    for name in command.split()[1:]:
        own = own.get(name, own) if isinstance(own, Mapping) else own
    if not isinstance(own, Mapping):
        raise EffbenchError(f"{path}: tool.effbench.{command} must be a table, got {own!r}")
    where = f"tool.effbench.{command.replace(' ', '.')}"
    for key, value in own.items():
        if key not in options and not (isinstance(value, Mapping) and command not in COMMANDS):
            raise EffbenchError(f"{path}: {UnknownName(f'key of {where}', key, options)}")
    typed = {option for option in options.values() if is_typed(option, words)}
    set_by_file = []
    both = {**{key: table[key] for key in SHARED if key in table and key in options}, **own}
    for key, value in both.items():
        if key not in options or options[key] in typed:
            continue
        at = f"{path}: {where if key in own else 'tool.effbench'}.{key}"
        setattr(found, options[key].dest, _converted(parser, options[key], value, at))
        set_by_file.append(key)
    found.defaults = f"{path} sets {', '.join(set_by_file)}" if set_by_file else ""


def _file() -> Path | None:
    """The nearest pyproject.toml, here or above."""
    here = Path.cwd()
    return next((path for folder in (here, *here.parents) if (path := folder / "pyproject.toml").is_file()), None)


def _table(path: Path) -> Mapping[str, object]:
    from effbench.cli import COMMANDS

    if "effbench" not in path.read_text(encoding="utf-8", errors="replace"):
        return {}  # somebody else's file, whatever is in it
    tool = read_toml(path, "project file").get("tool", {})
    table = tool.get("effbench", {}) if isinstance(tool, Mapping) else {}
    if not isinstance(table, Mapping):
        raise EffbenchError(f"{path}: tool.effbench must be a table, got {table!r}")
    for key, value in table.items():
        if key not in SHARED and key not in COMMANDS:
            raise EffbenchError(f"{path}: {UnknownName('key of tool.effbench', key, [*SHARED, *COMMANDS])}")
        if key in SHARED:
            _require(f"{path}: tool.effbench.{key}", key, value)
    return table


def _require(where: str, key: str, value: object) -> None:
    """Whatever the command is: the value is one that some option could have."""
    kind = SHARED[key]
    if isinstance(kind, type):
        if type(value) is not kind:
            raise EffbenchError(f"{where} must be {_SAID[kind]}, got {value!r}")
    elif not isinstance(value, str) or (kind and value not in kind):
        allowed = f"one of {', '.join(map(str, kind))}" if kind else "a text"
        raise EffbenchError(f"{where} must be {allowed}, got {value!r}")
    if key == "convention" and value != "all" and value not in conventions():
        raise EffbenchError(f"{where}: {UnknownName('convention', str(value), conventions())}")


_SAID = {int: "a whole number", bool: "true or false", list: "a list"}


def _options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Long name -> option, of those that a file may set."""
    return {
        name.removeprefix("--"): action
        for action in parser._actions
        for name in action.option_strings
        if name.startswith("--")
        and action.dest not in UNSET
        and action.help is not argparse.SUPPRESS
        and (getattr(action.type, "__name__", "") not in REFUSED or action.dest == "papers")
    }


def is_typed(option: argparse.Action, words: Sequence[str]) -> bool:
    """Whether the option is among the words of a command line."""
    return any(word == name or word.startswith(f"{name}=") for word in words for name in option.option_strings)


def _converted(parser: argparse.ArgumentParser, option: argparse.Action, value: object, where: str) -> object:
    """The value as the option would make it of words."""
    if option.nargs == 0:
        if type(value) is not bool:
            raise EffbenchError(f"{where} must be true or false, got {value!r}")
        return option.const if value else option.default
    several = (
        option.nargs in ("+", "*") or isinstance(option.default, list) or isinstance(option, argparse._AppendAction)
    )
    values = value if isinstance(value, list) else [value]
    if not values or any(type(one) not in (str, int, float) for one in values) or (len(values) > 1 and not several):
        raise EffbenchError(f"{where} must be {'a list of values' if several else 'one value'}, got {value!r}")
    try:
        made = [parser._get_value(option, str(one)) for one in values]
        for one in made:
            parser._check_value(option, one)
    except argparse.ArgumentError as error:
        raise EffbenchError(f"{where}: {error.message}") from None
    except EffbenchError as error:
        raise EffbenchError(f"{where}: {error}") from None
    return made if several else made[0]


@contextmanager
def said(found: argparse.Namespace) -> Iterator[None]:
    """An error in here names the file, if that set an option."""
    try:
        yield
    except EffbenchError as error:
        if getattr(found, "defaults", ""):
            error.args = (f"{error} ({found.defaults})", *error.args[1:])
        raise
