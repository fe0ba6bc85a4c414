"""The grammar of model names: ``family:argument,option=value``."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, get_args, get_origin

from effbench.errors import SpecError, UnknownName
from effbench.models.spec import SIDES, Spec

Value = bool | int | str | Fraction | tuple[int, ...]
"""What an option of a name can set."""


def with_arguments(base: Spec, name: str, arguments: str) -> Spec:
    """``base`` changed as ``arguments`` say.

    Args:
        base: the specification of the plain name.
        name: that name, for messages.
        arguments: what follows the colon: ``1-3`` or ``1-3,resize=1.5`` or ``depth=6,width=384``.

    Raises:
        SpecError: an argument that is malformed or impossible. UnknownName: an option the family does not have.
    """
    kinds = base.options()
    changes: dict[str, Value] = {}
    for position, argument in enumerate(arguments.split(",")):
        option, equals, text = (part.strip() for part in argument.partition("="))
        if not equals:
            if position or base.positional is None:
                raise SpecError(f"{name}: {argument!r} is not option=value; options: {', '.join(kinds)}")
            option, text = base.positional, option
        if option in SIDES:
            raise SpecError(f"{name}: the image size is given by --size, not in the name")
        if option not in kinds:
            raise UnknownName(f"option of {name}", option, kinds)
        if option in changes:
            raise SpecError(f"{name}: {option} is given twice")
        changes[option] = parse_value(f"{name}: {option}", text, kinds[option])
    return base.changed(changes)


def parse_value(what: str, text: str, kind: object) -> Value:
    """``text`` read as ``kind``: int, bool, Fraction, Literal choices, or a dash-separated tuple of ints."""
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if text not in choices:
            raise SpecError(f"{what} must be one of {', '.join(choices)}, got {text!r}")
        return text
    if kind is bool:
        if text not in ("yes", "no"):
            raise SpecError(f"{what} must be yes or no, got {text!r}")
        return text == "yes"
    if kind is Fraction:
        return _number(what, text, Fraction, "a number such as 2 or 1.5")
    if get_origin(kind) is tuple:
        return tuple(int(_number(what, part, int, "whole numbers joined by '-'")) for part in text.split("-"))
    return _number(what, text, int, "a whole number")


def _number(what: str, text: str, kind: type[int] | type[Fraction], wanted: str) -> int | Fraction:
    plain = text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 20
    try:
        if plain:
            return kind(text)
    except ValueError:
        pass
    raise SpecError(f"{what} must be {wanted}, got {text!r}")
