"""BoTNet-S1: a ResNet with squeeze-and-excitation whose last stage attends at stride 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from effbench.models.spec import MAX_LAYERS, Spec, require_entries, require_heads, require_range


@dataclass(frozen=True, kw_only=True)
class BoTNetSpec(Spec):
    """A BoTNet-S1.

    Attributes:
        depths: blocks of the three convolutional stages and of the attention stage.
        num_heads: of each attention; together they are a quarter of the last stage wide.
    """

    widths: ClassVar[tuple[int, ...]] = (256, 512, 1024, 2048)
    """Output channels of the four stages."""

    depths: tuple[int, ...] = (3, 4, 23, 12)
    num_heads: int = 4

    @property
    def side_multiple(self) -> int:
        return 16  # convolution 2, pooling 2, two stages of stride 2

    def validate(self) -> None:
        super().validate()
        require_entries(self, ("depths",), len(self.widths))
        for depth in self.depths:
            require_range("depths", depth, 1, MAX_LAYERS)
        require_heads(self.widths[-1] // 4, self.num_heads)
