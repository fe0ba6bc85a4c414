"""PVT, version 1: a pyramid of four stages whose attention reads keys and values from a reduced map."""

from __future__ import annotations

import math
from dataclasses import dataclass

from effbench.errors import SpecError
from effbench.models.spec import StagedSpec, require_entries, require_range

STAGES = 4


@dataclass(frozen=True, kw_only=True)
class PVTSpec(StagedSpec):
    """A PVT; its stages see maps of 1/4, 1/8, 1/16 and 1/32 of the image's side.

    Attributes:
        mlp_ratios: hidden width of the MLPs, in widths, per stage.
        reductions: how many times shorter the sides of the maps of keys and values are; 1 in the last stage, whose
            class token belongs to no map.
    """

    widths: tuple[int, ...] = (64, 128, 320, 512)
    depths: tuple[int, ...] = (3, 4, 18, 3)
    num_heads: tuple[int, ...] = (1, 2, 5, 8)
    mlp_ratios: tuple[int, ...] = (8, 8, 4, 4)
    reductions: tuple[int, ...] = (8, 4, 2, 1)

    @property
    def side_multiple(self) -> int:
        """Every stage's map must be a multiple of its reduction."""
        return math.lcm(*(2 ** (i + 2) * reduction for i, reduction in enumerate(self.reductions)))

    def validate(self) -> None:
        require_entries(self, ("widths", "depths", "num_heads", "mlp_ratios", "reductions"), STAGES)
        for reduction in self.reductions:
            require_range("reductions", reduction, 1, 64)
        if self.reductions[-1] != 1:
            raise SpecError(f"the last stage has no reduction: 1, got {self.reductions[-1]}")
        super().validate()
        for mlp_ratio in self.mlp_ratios:
            require_range("mlp_ratios", mlp_ratio, 1, 64)
