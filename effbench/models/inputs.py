"""What goes into a network: the sides of an image, or the shape of any tensor, as they are typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from effbench.errors import SpecError, UnknownName

Side = int | str
"""Sides of an image in pixels: an integer where it is square, else ``HEIGHTxWIDTH``."""

DTYPES = (
    "float32", "float16", "bfloat16", "float64", "complex64", "int64", "int32", "int16", "int8", "uint8", "bool"
)  # fmt: skip
"""Element types an input can have, as PyTorch names them."""

MAX_DIMENSION = 1 << 31

OWN_BATCH = "a batch and inputs exclude one another: the batch is the first dimension of an input"

_SIDES = re.compile(r"([0-9]{1,20})(?:[x×]([0-9]{1,20}))?")
_INPUT = re.compile(r"(?:(?P<name>[A-Za-z_]\w*)=)?(?P<shape>[0-9]+(?:[x×][0-9]+)*|scalar)(?::(?P<dtype>\w+))?")


def parse_side(text: str) -> Side:
    """``224`` or ``224x320`` (height x width); a rectangle of equal sides is a square.

    Raises:
        SpecError: anything else.
    """
    found = _SIDES.fullmatch(text.strip())
    if found is None:
        raise SpecError(f"{text[:40]!r} is not an image size: write 224, or height x width as 224x320")
    height, width = int(found[1]), int(found[2] or found[1])
    if found[2] and 0 in (height, width):
        raise SpecError(f"{text[:40]!r} is not an image size: a side has 0 pixels")
    return height if height == width else f"{height}x{width}"


def is_side(text: str) -> bool:
    """Whether ``parse_side`` takes it."""
    return _SIDES.fullmatch(text.strip()) is not None


def height_width(side: Side) -> tuple[int, int]:
    """Height and width in pixels."""
    if isinstance(side, int):
        return side, side
    height, _, width = str(parse_side(side)).partition("x")
    return int(height), int(width or height)


def shown(side: Side) -> str:
    """``224²`` or ``224x320``, for people."""
    return f"{side}²" if isinstance(side, int) else side


@dataclass(frozen=True, kw_only=True)
class Input:
    """One tensor that a network is called with.

    Attributes:
        shape: of the tensor, the batch first. dtype: one of DTYPES.
        name: the argument of ``forward`` that it is; empty for the next one in order.
    """

    shape: tuple[int, ...]
    dtype: str = "float32"
    name: str = ""

    def __str__(self) -> str:
        """As it is typed: ``mask=1x64:bool``."""
        shape = "x".join(map(str, self.shape)) or "scalar"
        kind = "" if self.dtype == "float32" else f":{self.dtype}"
        return f"{self.name}={shape}{kind}" if self.name else f"{shape}{kind}"

    def of_batch(self, batch: int) -> Input:
        """The same tensor with another first dimension."""
        return Input(shape=(batch, *self.shape[1:]), dtype=self.dtype, name=self.name)


def parse_input(text: str) -> Input:
    """``2x3x224x320``, ``ids=1x77:int64`` or ``mask=1x64:bool``.

    Raises:
        SpecError: no shape, or one that no tensor has. UnknownName: no such element type.
    """
    found = _INPUT.fullmatch(text.strip())
    if found is None:
        raise SpecError(f"{text[:60]!r} is not an input: write SHAPE, NAME=SHAPE or SHAPE:DTYPE, e.g. ids=1x77:int64")
    dtype = found["dtype"] or "float32"
    if dtype not in DTYPES:
        raise UnknownName("element type", dtype, DTYPES)
    shape = () if found["shape"] == "scalar" else tuple(int(n) for n in re.split("[x×]", found["shape"]))
    if not all(1 <= n < MAX_DIMENSION for n in shape):
        raise SpecError(f"{text[:60]!r}: every dimension of an input is between 1 and {MAX_DIMENSION - 1:,}")
    return Input(shape=shape, dtype=dtype, name=found["name"] or "")


def parse_inputs(texts: Iterable[str]) -> tuple[Input, ...]:
    """All inputs of one call, in order.

    Raises:
        SpecError: see ``parse_input``; or a positional input after a named one, or one name twice.
    """
    found = tuple(map(parse_input, texts))
    named = [one.name for one in found if one.name]
    if len(set(named)) < len(named):
        raise SpecError(f"input {next(n for n in named if named.count(n) > 1)} is given twice")
    if any(one.name and not two.name for one, two in pairwise(found)):
        raise SpecError("inputs without a name come before those with one")
    return found


def batch_of(inputs: Sequence[Input]) -> int:
    """The batch that inputs share: their first dimension where all have the same, else 1."""
    first = {one.shape[0] for one in inputs if one.shape}
    return first.pop() if len(first) == 1 else 1


def sides_of(inputs: Sequence[Input]) -> Side | None:
    """Sides of the first image among the inputs, (batch, channels, height, width); None where none is one."""
    image = next((one for one in inputs if len(one.shape) == 4), None)
    return None if image is None else parse_side(f"{image.shape[2]}x{image.shape[3]}")
