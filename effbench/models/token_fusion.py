"""Token Fusion: ViT tokens and ResNet-101 features fused late, early or layer by layer; three heads; Table 4's variations.

Source: Choi et al. 2022, arXiv:2208.09183, Section Method, Figures 2-8. The paper states 12 encoder blocks, the 18-channel early
stack, five bridges or mixing blocks, no class token and 140M parameters for the layer-by-layer model; widths, patch sizes and
how sizes are matched are not printed and follow from that total (docs/decisions/0003-token-fusion-readings.md).
Module names: ``backbone`` as torchvision's ResNet-101, encoder blocks as timm's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from effbench.cost import ops
from effbench.cost.convolution import resnet_stage, resnet_stem
from effbench.cost.counts import OpCounts, combine
from effbench.cost.shape import Size, exact_div
from effbench.cost.transformer import encoder
from effbench.errors import SpecError
from effbench.registry import Family, register
from effbench.spec import MAX_LAYERS, MAX_WIDTH, Spec, require_heads, require_range

CHANNELS = (64, 256, 512, 1024, 2048)
"""Channels of ResNet-101's five stage outputs; stage i (from 1) has 1 / 2^i of the image side."""
DEPTHS = (3, 4, 23, 3)


@dataclass(frozen=True, kw_only=True)
class TokenFusionSpec(Spec):
    """What the three methods share.

    Attributes:
        head: pool each token over its channels (token), each channel over the tokens (channel), or both (mixing);
            one linear layer follows (paper, Figure 5).
        patch_size, width, num_heads, mlp_ratio: of the transformer.
    """

    positional: ClassVar[str | None] = "head"

    head: Literal["token", "channel", "mixing"] = "channel"
    patch_size: int = 16
    width: int = 768
    num_heads: int = 12
    mlp_ratio: int = 4

    @property
    def side_multiple(self) -> int:
        return math.lcm(32, self.patch_size)

    def validate(self) -> None:
        if self.patch_size not in (2, 4, 8, 16, 32):
            raise SpecError(f"patch_size must be 2, 4, 8, 16 or 32, got {self.patch_size}")
        super().validate()
        require_heads(self.width, self.num_heads)
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)


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
    def cnn_spec(self) -> tuple[Size, Size]:
        """Width and number of heads of the CNN branch's encoder."""
        if not self.cnn_width:
            return self.width, self.num_heads
        return self.cnn_width, exact_div(self.cnn_width * self.num_heads, self.width)

    @property
    def factor(self) -> int:
        """How many times finer the finer grid is."""
        fine, coarse = sorted((self.patch_size, 2**self.cnn_stage))
        return coarse // fine

    def validate(self) -> None:
        super().validate()
        require_range("cnn_stage", self.cnn_stage, 1, 5)
        require_range("cnn_width", self.cnn_width, 0, MAX_WIDTH)
        require_heads(*self.cnn_spec)
        if self.cnn_width not in (0, self.width) and (self.merge == "add" and self.upsample == "copy"):
            raise SpecError("copy and add needs branches of equal width: leave cnn_width out")
        if len(self.depths) != 2:
            raise SpecError(f"depths must be two numbers such as 6-6, got {len(self.depths)}")
        for depth in self.depths:
            require_range("depth", depth, 1, MAX_LAYERS)
        coarser = "vit" if self.patch_size > 2**self.cnn_stage else "cnn"
        if self.factor == 1 or coarser != self.upsample_branch:
            raise SpecError(
                f"patch_size {self.patch_size} and cnn_stage {self.cnn_stage} (1/{2**self.cnn_stage} of the side) leave "
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


def late_cost(s: LateSpec) -> OpCounts:
    """Operation counts of one image, late fusion."""
    vit_side, cnn_side = exact_div(s.image_size, s.patch_size), exact_div(s.image_size, 2**s.cnn_stage)
    vit_tokens, cnn_tokens = vit_side * vit_side, cnn_side * cnn_side
    cnn_width, cnn_heads = s.cnn_spec
    vit, cnn = (vit_side, s.width), (cnn_side, cnn_width)
    (coarse, c_from), (fine, c_to) = (vit, cnn) if s.upsample_branch == "vit" else (cnn, vit)
    grown = c_to if s.upsample == "upconv" else c_from
    return combine(
        (
            _patches(s, vit_side, 3),
            encoder("vit_blocks", s.depths[0], vit_tokens, s.width, s.num_heads, s.mlp_ratio * s.width),
            ops.layer_norm(vit_tokens, s.width).at("vit_norm"),
            *_backbone(s.image_size, s.cnn_stage),
            ops.linear(cnn_tokens, CHANNELS[s.cnn_stage - 1], cnn_width).at("cnn_embed"),
            ops.embedding(cnn_tokens, cnn_width),
            encoder("cnn_blocks", s.depths[1], cnn_tokens, cnn_width, cnn_heads, s.mlp_ratio * cnn_width),
            ops.layer_norm(cnn_tokens, cnn_width).at("cnn_norm"),
            _grow(coarse, c_from, grown, s.factor, learned=s.upsample == "upconv").at("upsample"),
            ops.residual(fine * fine * c_to) if s.merge == "add" else OpCounts(),
            _head(s, fine * fine, grown + c_to if s.merge == "concat" else c_to),
        )
    )


def early_cost(s: EarlySpec) -> OpCounts:
    """Operation counts of one image, early fusion."""
    stages = range(1, 6) if s.bridges == "multi" else (5,)
    side = exact_div(s.image_size, s.patch_size)
    tokens = side * side
    return combine(
        (
            *_backbone(s.image_size, 5),
            *(_bridge(s, stage).at(f"bridges.{i}") for i, stage in enumerate(stages)),
            _patches(s, side, 3 + 3 * len(stages)),
            _blocks(s, s.depth, tokens),
            ops.layer_norm(tokens, s.width).at("norm"),
            _head(s, tokens, s.width),
        )
    )


def layerwise_cost(s: LayerwiseSpec) -> OpCounts:
    """Operation counts of one image, layer-by-layer fusion."""
    side = exact_div(s.image_size, s.patch_size)
    patches = side * side
    tokens = patches + 1 if s.class_token else patches
    return combine(
        (
            _patches(s, side, 3, class_token=s.class_token),
            *(
                part
                for stage, features in enumerate(_backbone(s.image_size, 5), start=1)
                for part in (features, _mixing(s, stage, side, tokens).at(f"mixing.{stage - 1}"))
            ),
            _blocks(s, s.tail_depth, tokens),
            ops.layer_norm(tokens, s.width).at("norm"),
            _head(s, tokens, s.width),
        )
    )


def _patches(s: TokenFusionSpec, side: Size, channels: int, *, class_token: bool = False) -> OpCounts:
    """Patch embedding of a (channels, image_size, image_size) stack, and the position embedding."""
    embed = ops.conv2d(side, side, channels, s.width, s.patch_size, stride=s.patch_size).at("patch_embed.proj")
    token = ops.parameters(s.width) if class_token else OpCounts()
    return combine((embed, token, ops.embedding(side * side + int(class_token), s.width)))


def _blocks(s: TokenFusionSpec, depth: int, tokens: Size) -> OpCounts:
    return encoder("blocks", depth, tokens, s.width, s.num_heads, s.mlp_ratio * s.width)


def _backbone(image_size: Size, last: int) -> list[OpCounts]:
    """ResNet-101 up to stage ``last``, one entry a stage (the max pool belongs to the second)."""
    side = exact_div(image_size, 2)
    stages = [resnet_stem(side, side)]
    for i, (depth, c_in) in enumerate(zip(DEPTHS, (64, *CHANNELS[1:]), strict=False), start=1):
        side = exact_div(side, 2)
        stage = resnet_stage(side, side, c_in, 64 * 2 ** (i - 1), depth, 1 if i == 1 else 2).at(f"layer{i}")
        pool = ops.window_pool(side, side, 64, 2).at("maxpool")
        stages.append(pool + stage if i == 1 else stage)
    return [stage.at("backbone") for stage in stages[:last]]


def _grow(side: Size, c_in: Size, c_out: Size, factor: int, *, learned: bool) -> OpCounts:
    """A (c_in, side, side) map made ``factor`` times as wide and high; replication keeps the channels."""
    if learned:
        return ops.conv_transpose2d(side, side, c_in, c_out, factor)
    return ops.resize(side * factor, side * factor, c_in, source=side * side * c_in)


def _bridge(s: EarlySpec, stage: int) -> OpCounts:
    """Stage output to (3, image_size, image_size): transposed convolution, then 1x1; or 1x1, then replication (equal and cheaper)."""
    channels, side, factor = CHANNELS[stage - 1], exact_div(s.image_size, 2**stage), 2**stage
    full = s.image_size
    if s.upsample == "copy":
        project = ops.conv2d(side, side, channels, 3, 1).at("project")
        return project + _grow(side, 3, 3, factor, learned=False).at("upsample")
    grow = _grow(side, channels, s.bridge_channels, factor, learned=True).at("upsample")
    return grow + ops.conv2d(full, full, s.bridge_channels, 3, 1).at("project")


def _mixing(s: LayerwiseSpec, stage: int, side: Size, tokens: Size) -> OpCounts:
    """Encoder blocks on the tokens, the stage's map brought to the token grid, both joined by one linear layer."""
    factor = exact_div(max(s.patch_size, 2**stage), min(s.patch_size, 2**stage))
    pooled = s.patch_size >= 2**stage
    grid = side if pooled else exact_div(side, factor)
    channels = CHANNELS[stage - 1]
    parts = [_blocks(s, s.mixing_depth, tokens)]
    if pooled and factor > 1:
        parts.append(ops.window_pool(side, side, channels, factor).at("pool"))
    parts.append(ops.conv2d(grid, grid, channels, s.width, 1).at("project"))
    if not pooled:
        parts.append(_grow(grid, s.width, s.width, factor, learned=True).at("upsample"))
    parts.append(ops.linear(side * side, 2 * s.width, s.width).at("fuse"))
    return combine(parts)


def _head(s: TokenFusionSpec, tokens: Size, features: Size) -> OpCounts:
    """Figure 5: pooling over channels, over tokens, or both side by side; one linear layer."""
    by_token, by_channel = s.head in ("token", "mixing"), s.head in ("channel", "mixing")
    inputs = (tokens if by_token else 0) + (features if by_channel else 0)
    return combine(
        (
            ops.mean(tokens, features, over_tokens=False) if by_token else OpCounts(),
            ops.mean(tokens, features) if by_channel else OpCounts(),
            ops.linear(1, inputs, s.num_classes).at("head"),
        )
    )


_HEADS = ("token", "channel", "mixing")

for _method, _cost, _spec, _options in (
    ("late", late_cost, LateSpec(), ("", ",merge=add", ",upsample=copy", ",upsample=copy,merge=add")),
    ("early", early_cost, EarlySpec(), ("", ",upsample=copy", ",upsample=copy,bridges=single", ",bridges=single")),
    ("layerwise", layerwise_cost, LayerwiseSpec(), ("", ",class_token=yes")),
):
    _name = f"token_fusion_{_method}"
    register(
        Family(name="token_fusion", source="arXiv:2208.09183", cost=_cost, symbols={"S": "image_size", "D": "width"}),
        {_name: _spec},
        papers=("token_fusion",),
        examples={_name: [head + options for options in _options for head in _HEADS]},
    )
