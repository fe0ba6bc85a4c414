"""CI2P-ViT: a ViT whose patches come from a compression encoder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from effbench.models.spec import MAX_LAYERS, TransformerSpec, require_multiple, require_range


@dataclass(frozen=True, kw_only=True)
class CI2PSpec(TransformerSpec):
    """A CI2P-ViT; the transformer is the one behind the encoder.

    Attributes:
        dual_scale: first half of the blocks on the finer grid at a quarter of the width (CI2P-ViT-ds).
        encoder: start from CompressAI's pretrained weights or from random ones.
        frozen_encoder: leave the encoder as it is (CI2P) or train it with the rest (CNN-ViT); costs the same.
    """

    image_size: int = 256
    dual_scale: bool = False
    encoder: Literal["pretrained", "random"] = "pretrained"
    frozen_encoder: bool = True

    @property
    def side_multiple(self) -> int:
        return 32

    def without_weights(self) -> CI2PSpec:
        return replace(self, encoder="random")

    def validate(self) -> None:
        super().validate()
        if self.dual_scale:
            require_range("depth", self.depth, 2, MAX_LAYERS)
            require_multiple("depth", self.depth, 2)
            require_multiple("num_heads", self.num_heads, 4)
            require_multiple("width", self.width, 8)  # a quarter of it, six times as wide, squeezed by four
