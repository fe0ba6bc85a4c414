"""CMT: stages of blocks with depth-wise convolutions before, inside and after the attention."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from effbench.errors import SpecError
from effbench.models.spec import MAX_WIDTH, StagedSpec, require_range


@dataclass(frozen=True, kw_only=True)
class CMTSpec(StagedSpec):
    """A CMT; its stages see maps of 1/4, 1/8, 1/16, ... of the image's side.

    Attributes:
        stem_width: channels of the three convolutions before the first stage.
        reductions: how many times shorter the sides of the maps of keys and values are, per stage.
        mlp_ratio: channels inside the feed-forward over width, rounded down.
        head_width: channels of the convolution before the classifier.
    """

    stem_width: int = 32
    widths: tuple[int, ...] = (64, 128, 256, 512)
    depths: tuple[int, ...] = (3, 3, 16, 3)
    num_heads: tuple[int, ...] = (1, 2, 4, 8)
    reductions: tuple[int, ...] = (8, 4, 2, 1)
    mlp_ratio: Fraction = Fraction(4)
    head_width: int = 1280

    @property
    def side_multiple(self) -> int:
        """Every stage's map must be a multiple of its reduction."""
        return math.lcm(*(2 ** (i + 2) * reduction for i, reduction in enumerate(self.reductions)))

    @property
    def hidden(self) -> tuple[int, ...]:
        """Channels inside the feed-forward of each stage."""
        return tuple(int(width * self.mlp_ratio) for width in self.widths)

    def validate(self) -> None:
        if not len(self.widths) == len(self.depths) == len(self.num_heads) == len(self.reductions):
            raise SpecError("widths, depths, num_heads and reductions need as many entries as one another")
        require_range("stages", len(self.widths), 1, 8)
        for reduction in self.reductions:
            require_range("reductions", reduction, 1, 64)
        super().validate()
        require_range("stem_width", self.stem_width, 1, MAX_WIDTH)
        require_range("head_width", self.head_width, 1, MAX_WIDTH)
        if not 1 <= self.mlp_ratio <= 64:
            raise SpecError(f"mlp_ratio must be between 1 and 64, got {float(self.mlp_ratio):g}")
