"""How a model is described: frozen dataclasses that say which networks exist; one file a family."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Self, get_origin, get_type_hints

from effbench.errors import SpecError
from effbench.models.inputs import Side, height_width

SIDES = ("image_size", "image_width")
"""Fields that a name does not set: ``--size`` does."""

MAX_SIDE = 16_384
MAX_BATCH = 1_048_576
MAX_LAYERS = 1_000
MAX_WIDTH = 65_536
MAX_CLASSES = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What every model has.

    Attributes:
        image_size: side of the square input, in pixels; the height of one that is not square.
        image_width: width of an input that is not square, in pixels; 0 of one that is.
        num_classes: outputs of the classification head.
    """

    positional: ClassVar[str | None] = None
    """The field that the first argument of a name without ``option=`` sets."""

    image_size: int = 224
    num_classes: int = 1000
    image_width: int = 0

    @classmethod
    @cache
    def options(cls) -> dict[str, object]:
        """Field -> its type, of the fields a name can set: not the image size, nor free text, which names a model."""
        hints = {name: hint for name, hint in get_type_hints(cls).items() if get_origin(hint) is not ClassVar}
        return {name: hint for name, hint in hints.items() if name not in SIDES and hint is not str}

    @property
    def side(self) -> Side:
        """Both sides of the image: an integer where it is square."""
        return f"{self.image_size}x{self.image_width}" if self.image_width else self.image_size

    @property
    def image_sides(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        return self.image_size, self.image_width or self.image_size

    @property
    def side_multiple(self) -> int:
        """The image side must be a multiple of this many pixels."""
        return 1

    def validate(self) -> None:
        """Raise SpecError, saying what is allowed, if no such model exists."""
        require_range("num_classes", self.num_classes, 1, MAX_CLASSES)
        for side in self.image_sides:
            require_side(side, self.side_multiple)

    def without_weights(self) -> Self:
        """The same architecture with random weights: what counting needs, where nothing may be downloaded."""
        return self

    def resized(self, side: Side) -> Self:
        """The same model for images of other sides."""
        height, width = height_width(side)
        spec = dataclasses.replace(self, image_size=height, image_width=0 if width == height else width)
        spec.validate()
        return spec

    def changed(self, values: Mapping[str, object]) -> Self:
        """The same model with other values in the fields named, not validated; closed forms put symbols there."""
        return dataclasses.replace(self, **dict(values))  # type: ignore[arg-type]  # values of the fields' own types


Argument = object
"""A value that a name gives to a factory: any Python literal, or text."""


@dataclass(frozen=True, kw_only=True)
class CodeSpec(Spec):
    """A network that code makes. Attributes: arguments: what the code is called with, by name."""

    arguments: tuple[tuple[str, Argument], ...] = ()


@dataclass(frozen=True, kw_only=True)
class EncoderSpec(Spec):
    """Transformer blocks of one width.

    Attributes:
        width, num_heads: of every block.
        mlp_ratio: the MLP's hidden width is mlp_ratio · width.
    """

    width: int = 768
    num_heads: int = 12
    mlp_ratio: int = 4

    @property
    def hidden(self) -> int:
        """Hidden width of the MLPs."""
        return self.mlp_ratio * self.width

    def validate(self) -> None:
        super().validate()
        require_heads(self.width, self.num_heads)
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)


@dataclass(frozen=True, kw_only=True)
class TransformerSpec(EncoderSpec):
    """One stack of transformer blocks. Attributes: depth: how many."""

    depth: int = 12

    def validate(self) -> None:
        super().validate()
        require_range("depth", self.depth, 1, MAX_LAYERS)


@dataclass(frozen=True, kw_only=True)
class PatchedSpec(Spec):
    """An image cut into patches. Attributes: patch_size: side of a square patch, pixels."""

    patch_size: int = 16

    @property
    def side_multiple(self) -> int:
        return self.patch_size

    def validate(self) -> None:
        require_range("patch_size", self.patch_size, 1, 1024)
        super().validate()


@dataclass(frozen=True, kw_only=True)
class StagedSpec(Spec):
    """A pyramid of stages; tuples have an entry per stage. Attributes: widths, depths, num_heads: of the stages."""

    widths: tuple[int, ...] = ()
    depths: tuple[int, ...] = ()
    num_heads: tuple[int, ...] = ()

    def validate(self) -> None:
        super().validate()
        for width, depth, num_heads in zip(self.widths, self.depths, self.num_heads, strict=True):
            require_range("depths", depth, 1, MAX_LAYERS)
            require_heads(width, num_heads)


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


def require_entries(spec: Spec, names: tuple[str, ...], stages: int) -> None:
    """Raise SpecError unless the fields of those names have an entry for each of the stages."""
    for name in names:
        require_range(f"number of {name}", len(getattr(spec, name)), stages, stages)
