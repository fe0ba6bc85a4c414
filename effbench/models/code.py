"""Networks of other people's code: a class, a function or a module in a file or package, with its arguments."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from functools import partial

from effbench.errors import SpecError, UnknownName
from effbench.models.model import Entry, Family
from effbench.models.spec import Argument, CodeSpec, Spec

NETWORKS = {"torch.nn.modules.module.Module", "torch.export.exported_program.ExportedProgram"}
"""Classes whose objects are networks; by name, so that PyTorch is not imported to tell."""


def entry_of(target: object, name: str, arguments: str, module: str) -> Entry:
    """The entry of what a name points to in a user's code.

    Args:
        target: a class of networks, a function that returns one, or a network.
        name: as it was typed, for messages. arguments: ``depth=4,widths=(8, 16)``, or nothing.
        module: the module that holds it.

    Raises:
        SpecError: it is none of these, or an argument is missing. UnknownName: an argument it does not take.
    """
    given = parse_arguments(name, arguments)
    made = _maker(target, name, given)
    family: Family[Spec] = Family(name=name.partition(",")[0], source=module, build=partial(_build, made))
    return Entry(name=name, family=family, spec=CodeSpec(arguments=tuple(given.items())), registered_by=module)


def _build(made: Callable[[], object], spec: Spec) -> object:
    """The network; the image size is not its business, but that of its input."""
    return made()


def _maker(target: object, name: str, given: Mapping[str, Argument]) -> Callable[[], object]:
    """What makes the network when it is called without anything."""
    if is_network(target):
        if given:
            raise SpecError(f"{name} is a network already: it takes no arguments")
        return lambda: target
    if not callable(target):
        raise SpecError(f"{name} is a {type(target).__name__}, not a network nor a function or class that makes one")
    try:
        found = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):  # built in: asked by calling it
        return partial(target, **given)
    config = getattr(target, "config_class", None)  # the networks of transformers name the class of theirs
    if callable(config) and found and found[0].name == "config" and "config" not in given:
        return lambda: target(config(**given))
    _require_arguments(name, found, given)
    return partial(target, **given)


def is_network(value: object) -> bool:
    """Whether it is a network that was made, of whatever kind; without importing PyTorch."""
    return is_network_class(type(value))


def is_network_class(value: object) -> bool:
    """Whether it is a class of networks, which a program has exported or anyone has written."""
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in value.__mro__} if isinstance(value, type) else set()
    return bool(kinds & NETWORKS)


def _require_arguments(name: str, parameters: list[inspect.Parameter], given: Mapping[str, Argument]) -> None:
    """Arguments that fit the signature."""
    named = [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    if not any(one.kind is one.VAR_KEYWORD for one in parameters):
        for argument in given:
            if argument not in named:
                raise UnknownName(f"argument of {name.partition(',')[0]}", argument, named)
    needed = [one.name for one in parameters if one.default is one.empty and one.name in named]
    lacking = [one for one in needed if one not in given]
    if lacking:
        raise SpecError(f"{name} needs {', '.join(lacking)}: give --arg {lacking[0]}=VALUE")


def parse_arguments(name: str, text: str) -> dict[str, Argument]:
    """``depth=4,widths=(8, 16),act=gelu`` -> values; what is no Python literal is text.

    Raises:
        SpecError: a part that is not NAME=VALUE, or a name that is given twice.
    """
    found: dict[str, Argument] = {}
    for part in split(text):
        argument, equals, value = part.partition("=")
        argument = argument.strip()
        if not equals or not argument.isidentifier():
            raise SpecError(f"{name}: {part[:40]!r} is not an argument: write NAME=VALUE, e.g. depth=4")
        if argument in found:
            raise SpecError(f"{name}: {argument} is given twice")
        found[argument] = _literal(value.strip())
    return found


def _literal(text: str) -> Argument:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return text


def split(text: str) -> list[str]:
    """Parts between commas that are not in brackets or quotes; empty parts are left out."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth <= 0:
            parts.append("")
            continue
        parts[-1] += character
    return [part for part in parts if part.strip()]


def with_arguments(name: str, given: list[str]) -> str:
    """The name with arguments that were typed beside it: ``net.py:Net`` and ``depth=4`` -> ``net.py:Net,depth=4``."""
    if not given:
        return name
    for one in given:
        parse_arguments("--arg", one)
        if len(split(one)) != 1:
            raise SpecError(f"--arg {one[:40]!r}: one argument at a time; put text with a comma in quotes")
    from effbench.models.plugins import file_of

    in_file = file_of(name)
    inside = in_file[1] if in_file else name.partition(":")[2]
    joint = "," if inside else ":"
    return f"{name}{joint}{','.join(given)}"
