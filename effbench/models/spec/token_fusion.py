"""Token Fusion: ViT tokens and ResNet-101 features fused late, early or layer by layer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

from effbench.cost.shape import exact_div
from effbench.errors import SpecError
from effbench.models.spec import (
    MAX_LAYERS,
    MAX_WIDTH,
    EncoderSpec,
    require_multiple,
    require_range,
)

HEADS = ("token", "channel", "mixing")


@dataclass(frozen=True, kw_only=True)
class TokenFusionSpec(EncoderSpec):
    """What the three methods share.

    Attributes:
        head: pool each token over its channels (token), each channel over the tokens (channel), or both (mixing);
            one linear layer follows (paper, Figure 5).
        patch_size: side of a square patch of the image, pixels.
        backbone: ResNet-101 with random weights, or with torchvision's IMAGENET1K_V1 and then frozen.
    """

    positional: ClassVar[str | None] = "head"

    head: Literal["token", "channel", "mixing"] = "channel"
    patch_size: int = 16
    backbone: Literal["random", "pretrained"] = "random"

    def without_weights(self) -> Self:
        return replace(self, backbone="random")

    @property
    def side_multiple(self) -> int:
        return math.lcm(32, self.patch_size)

    def validate(self) -> None:
        if self.patch_size not in (2, 4, 8, 16, 32):
            raise SpecError(f"patch_size must be 2, 4, 8, 16 or 32, got {self.patch_size}")
        super().validate()


@dataclass(frozen=True, kw_only=True)
class LateSpec(TokenFusionSpec):
    """Method 1: two encoders in parallel, fused after the last block.

    Attributes:
        upsample: grow the coarser grid by a transposed convolution or by replication (Table 4).
        merge: concatenate the channels or add (Table 4).
        upsample_branch: whose grid is the coarser one; ``cnn`` is the other reading of the paper's sentence.
        cnn_stage: ResNet stage whose pixels become tokens.
        cnn_width: width of the CNN branch's encoder; 0 = as the image branch. Heads keep their width.
        depths: encoder blocks of the image branch and of the CNN branch.
    """

    patch_size: int = 32
    upsample: Literal["upconv", "copy"] = "upconv"
    merge: Literal["concat", "add"] = "concat"
    upsample_branch: Literal["vit", "cnn"] = "vit"
    cnn_stage: int = 4
    cnn_width: int = 0
    depths: tuple[int, ...] = (6, 6)

    @property
    def cnn_encoder(self) -> tuple[int, int]:
        """Width and number of heads of the CNN branch's encoder."""
        if not self.cnn_width:
            return self.width, self.num_heads
        return self.cnn_width, exact_div(self.cnn_width * self.num_heads, self.width)

    @property
    def factor(self) -> int:
        """How many times finer the finer grid is."""
        fine, coarse = sorted((self.patch_size, 2**self.cnn_stage))
        return int(coarse // fine)

    def validate(self) -> None:
        super().validate()
        require_range("cnn_stage", self.cnn_stage, 1, 5)
        require_range("cnn_width", self.cnn_width, 0, MAX_WIDTH)
        require_multiple("cnn_width", self.cnn_width, self.width // self.num_heads)
        if self.cnn_width not in (0, self.width) and (self.merge == "add" and self.upsample == "copy"):
            raise SpecError("copy and add needs branches of equal width: leave cnn_width out")
        if len(self.depths) != 2:
            raise SpecError(f"depths must be two numbers such as 6-6, got {len(self.depths)}")
        for depth in self.depths:
            require_range("depth", depth, 1, MAX_LAYERS)
        coarser = "vit" if self.patch_size > 2**self.cnn_stage else "cnn"
        if self.factor == 1 or coarser != self.upsample_branch:
            raise SpecError(
                f"patch_size {self.patch_size} and cnn_stage {self.cnn_stage} (stride {2**self.cnn_stage}) leave "
                f"nothing to upsample in the {self.upsample_branch} branch; e.g. patch_size=32,cnn_stage=4 or "
                "patch_size=16,cnn_stage=5,upsample_branch=cnn"
            )


@dataclass(frozen=True, kw_only=True)
class EarlySpec(TokenFusionSpec):
    """Method 2: feature maps grown to image size and stacked on the image, then a plain ViT.

    Attributes:
        upsample: grow by a transposed convolution or by replication (Table 4).
        bridges: all five stages, or the last one only (Table 4).
        bridge_channels: channels between the transposed convolution and the 1x1 convolution of a bridge.
        depth: encoder blocks.
    """

    upsample: Literal["upconv", "copy"] = "upconv"
    bridges: Literal["multi", "single"] = "multi"
    bridge_channels: int = 3
    depth: int = 12

    @property
    def stages(self) -> tuple[int, ...]:
        """ResNet stages that have a bridge."""
        return (1, 2, 3, 4, 5) if self.bridges == "multi" else (5,)

    def validate(self) -> None:
        super().validate()
        require_range("bridge_channels", self.bridge_channels, 1, 1024)
        require_range("depth", self.depth, 1, MAX_LAYERS)


@dataclass(frozen=True, kw_only=True)
class LayerwiseSpec(TokenFusionSpec):
    """Method 3: five mixing blocks, one per ResNet stage, then plain encoder blocks.

    Attributes:
        class_token: add a class token that the mixing leaves alone (Table 4).
        mixing_depth: encoder blocks in each mixing block.
        tail_depth: encoder blocks after the last mixing block.
    """

    class_token: bool = False
    mixing_depth: int = 2
    tail_depth: int = 2

    def validate(self) -> None:
        super().validate()
        require_range("mixing_depth", self.mixing_depth, 0, MAX_LAYERS)
        require_range("tail_depth", self.tail_depth, 0, MAX_LAYERS)
