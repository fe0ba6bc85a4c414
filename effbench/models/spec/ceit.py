"""CeiT: a ViT with a convolutional stem and convolutions in its MLPs."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.models.spec import MAX_WIDTH, TransformerSpec, require_range


@dataclass(frozen=True, kw_only=True)
class CeiTSpec(TransformerSpec):
    """A CeiT; the attention over layers is shaped like its blocks.

    Attributes:
        stem_width: channels of the stem's first convolution.
    """

    width: int = 384
    num_heads: int = 6
    stem_width: int = 64

    @property
    def side_multiple(self) -> int:
        return 16  # convolution 2, pooling 2, patches 4

    def validate(self) -> None:
        super().validate()
        require_range("stem_width", self.stem_width, 1, MAX_WIDTH)
