"""RAViT: one ViT branch per resolution, coarse to fine."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

from effbench.cost.shape import Size, exact_div, snap
from effbench.errors import SpecError
from effbench.models.spec import MAX_LAYERS, EncoderSpec, PatchedSpec, require_range

MAX_BRANCHES = 4


@dataclass(frozen=True, kw_only=True)
class RAViTSpec(PatchedSpec, EncoderSpec):
    """A RAViT; its branches share patch size, width, heads and MLP ratio.

    Attributes:
        layers: transformer layers per branch, coarse to fine; 0 leaves the branch out.
        resize: factor between the image sides of neighbouring branches.
        coarse_scale: coarse branches are resized from image_size · coarse_scale. The paper's ImageNet branches see
            64, 128 and 224 pixels: halves of 256, not of 224, hence 8/7 there.
    """

    positional: ClassVar[str | None] = "layers"

    layers: tuple[int, ...] = ()
    resize: Fraction = Fraction(2)
    coarse_scale: Fraction = Fraction(1)

    @cached_property
    def sides(self) -> tuple[Size, ...]:
        """Image side of every branch, coarse to fine: whole numbers of patches."""
        steps = range(len(self.layers) - 1, 0, -1)
        coarse = (snap(self.image_size, self.coarse_scale / self.resize**k, self.patch_size) for k in steps)
        return (*coarse, self.image_size)

    @cached_property
    def tokens(self) -> tuple[Size, ...]:
        """Patches + 1 (class token) of every branch, coarse to fine."""
        return tuple(exact_div(side, self.patch_size) ** 2 + 1 for side in self.sides)

    def validate(self) -> None:
        super().validate()
        require_range("number of branches", len(self.layers), 1, MAX_BRANCHES)
        for layers in self.layers:
            require_range("layers of a branch", layers, 0, MAX_LAYERS)
        if not any(self.layers):
            raise SpecError("at least one branch must have a layer")
        if not 1 < self.resize <= 16:
            raise SpecError(f"resize must be more than 1 and at most 16, got {float(self.resize):g}")
        if not 1 <= self.coarse_scale < self.resize:
            raise SpecError(f"coarse_scale must be at least 1 and below resize, got {float(self.coarse_scale):g}")
        if self.sides[0] < self.patch_size or len(set(self.sides)) < len(self.sides):
            shown = ", ".join(map(str, self.sides))
            raise SpecError(
                f"{len(self.layers)} branches would see {shown} pixels: each must be larger than the one before "
                f"and hold at least one patch of {self.patch_size}"
            )
