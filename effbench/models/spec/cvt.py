"""CvT: three stages of convolutional token embeddings and attention with convolutional projections."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.models.spec import MAX_SIDE, StagedSpec, require_entries, require_range

STAGES = 3
MIN_SIDE = 32


@dataclass(frozen=True, kw_only=True)
class CvTSpec(StagedSpec):
    """A CvT; its stages see maps of about 1/4, 1/8 and 1/16 of the image's side.

    Its convolutions pad, so any side from 32 pixels on is legal.

    Attributes:
        mlp_ratio: hidden width of the MLPs, in widths.
    """

    widths: tuple[int, ...] = (64, 192, 384)
    depths: tuple[int, ...] = (1, 4, 16)
    num_heads: tuple[int, ...] = (1, 3, 6)
    mlp_ratio: int = 4

    def validate(self) -> None:
        require_range("image size", self.image_size, MIN_SIDE, MAX_SIDE)
        require_entries(self, ("widths", "depths", "num_heads"), STAGES)
        super().validate()
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)
