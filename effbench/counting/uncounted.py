"""An operator that ran and has no price."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Uncounted:
    """An operator that could not be priced.

    Attributes:
        op: its name. path: the module it ran in. shapes: of its tensor arguments; None where a file leaves one open.
        times: how often it ran like this.
    """

    op: str
    path: str
    shapes: tuple[tuple[int, ...] | None, ...]
    times: int

    def __str__(self) -> str:
        shapes = ", ".join("unknown" if shape is None else str(shape) for shape in self.shapes)
        return f"{self.times} x {self.op} in {self.path or '(model)'} on [{shapes}]"
