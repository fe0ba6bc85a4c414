"""Plain vision transformers, and those with exits after chosen blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from effbench.cost.shape import Size, exact_div
from effbench.errors import SpecError
from effbench.models.spec import PatchedSpec, TransformerSpec, require_range


@dataclass(frozen=True, kw_only=True)
class ViTSpec(PatchedSpec, TransformerSpec):
    """A plain ViT. Attributes: class_token: classify by a class token (yes) or by the mean of the patch tokens (no)."""

    class_token: bool = True

    @property
    def tokens(self) -> Size:
        """Patches, and the class token where there is one."""
        height, width = self.grid
        return height * width + int(self.class_token)

    @property
    def grid(self) -> tuple[Size, Size]:
        """Patches from top to bottom, and from left to right."""
        height, width = self.image_sides
        return exact_div(height, self.patch_size), exact_div(width, self.patch_size)


@dataclass(frozen=True, kw_only=True)
class LayeredViTSpec(ViTSpec):
    """A ViT named by its number of layers, as the RAViT paper does."""

    positional: ClassVar[str | None] = "depth"
    depth: int = 0


@dataclass(frozen=True, kw_only=True)
class ExitViTSpec(ViTSpec):
    """A ViT with exits.

    Attributes:
        exits: numbers of the blocks that a head follows, from 1, ascending; the last block needs none.
    """

    positional: ClassVar[str | None] = "exits"

    exits: tuple[int, ...] = ()

    def validate(self) -> None:
        super().validate()
        if not self.class_token:
            raise SpecError("exits classify by the class token: class_token cannot be no")
        for block in self.exits:
            require_range("block of an exit", block, 1, self.depth - 1)
        if not self.exits or list(self.exits) != sorted(set(self.exits)):
            shown = "-".join(map(str, self.exits))
            raise SpecError(f"exits must be block numbers in ascending order, e.g. 4-8, got {shown!r}")
