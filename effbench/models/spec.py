"""How a model is described: a frozen dataclass, and the grammar ``family:argument,option=value``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

from effbench.errors import SpecError, UnknownName

MAX_SIDE = 16_384
MAX_LAYERS = 1_000
MAX_WIDTH = 65_536
MAX_CLASSES = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What every model has.

    Attributes:
        image_size: side of the square input, in pixels.
        num_classes: outputs of the classification head.
    """

    positional: ClassVar[str | None] = None
    """The field that the first argument of a name without ``option=`` sets."""

    image_size: int = 224
    num_classes: int = 1000

    @property
    def side_multiple(self) -> int:
        """The image side must be a multiple of this many pixels."""
        return 1

    def validate(self) -> None:
        """Raise SpecError, saying what is allowed, if no such model exists."""
        require_range("num_classes", self.num_classes, 1, MAX_CLASSES)
        require_side(self.image_size, self.side_multiple)

    def without_weights(self) -> Self:
        """The same architecture with random weights: what counting needs, where nothing may be downloaded."""
        return self

    def resized(self, image_size: int) -> Self:
        """The same model for another image side."""
        spec = dataclasses.replace(self, image_size=image_size)
        spec.validate()
        return spec


def require_range(name: str, value: int, low: int, high: int) -> None:
    """Raise SpecError unless low <= value <= high."""
    if not low <= value <= high:
        raise SpecError(f"{name} must be between {low} and {high}, got {value}")


def require_side(side: int, multiple: int) -> None:
    """Raise SpecError unless an image of ``side`` pixels can be cut as the network needs it."""
    require_range("image size", side, multiple, MAX_SIDE)
    if side % multiple:
        below = side // multiple * multiple
        near = [str(offer) for offer in (below, below + multiple) if offer <= MAX_SIDE]
        raise SpecError(f"image size must be a multiple of {multiple}, got {side}; nearest: {' or '.join(near)}")


def require_multiple(name: str, value: int, multiple: int) -> None:
    """Raise SpecError unless ``value`` is a multiple of ``multiple``."""
    if value % multiple:
        raise SpecError(f"{name} must be a multiple of {multiple}, got {value}")


def require_heads(width: int, num_heads: int) -> None:
    """Raise SpecError unless ``num_heads`` heads share ``width`` evenly."""
    require_range("width", width, 1, MAX_WIDTH)
    require_range("num_heads", num_heads, 1, width)
    if width % num_heads:
        raise SpecError(f"width {width} is not a multiple of num_heads {num_heads}")


def with_arguments(base: Spec, name: str, arguments: str) -> Spec:
    """``base`` changed as ``arguments`` say, and validated.

    Args:
        base: the specification of the plain name.
        name: that name, for messages.
        arguments: what follows the colon: ``1-3`` or ``1-3,resize=1.5`` or ``depth=6,width=384``.

    Raises:
        SpecError: an argument that is malformed or impossible. UnknownName: an option the family does not have.
    """
    hints = get_type_hints(type(base))
    allowed = [name for name, kind in hints.items() if _is_option(name, kind)]
    changes: dict[str, Any] = {}
    for position, argument in enumerate(arguments.split(",")):
        option, equals, text = (part.strip() for part in argument.partition("="))
        if not equals:
            if position or base.positional is None:
                raise SpecError(f"{name}: {argument!r} is not option=value; options: {', '.join(allowed)}")
            option, text = base.positional, option
        if option == "image_size":
            raise SpecError(f"{name}: the image size is given by --size or --sizes, not in the name")
        if option not in allowed:
            raise UnknownName(f"option of {name}", option, allowed)
        if option in changes:
            raise SpecError(f"{name}: {option} is given twice")
        changes[option] = parse_value(f"{name}: {option}", text, hints[option])
    return dataclasses.replace(base, **changes)


def _is_option(name: str, kind: Any) -> bool:
    """Whether a field can be given in a name: not the image size, nor free text, which says which model it is."""
    return name != "image_size" and kind is not str and get_origin(kind) is not ClassVar


def parse_value(what: str, text: str, kind: Any) -> Any:
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
        return tuple(_number(what, part, int, "whole numbers joined by '-'") for part in text.split("-"))
    return _number(what, text, int, "a whole number")


def _number(what: str, text: str, kind: type[int] | type[Fraction], wanted: str) -> int | Fraction:
    plain = text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 20
    try:
        if plain:
            return kind(text)
    except ValueError:
        pass
    raise SpecError(f"{what} must be {wanted}, got {text!r}")
