"""Plain vision transformers: ViT and DeiT, with a class token or average pooling, and the RAViT paper's n-layer ViTs.

Sources: Dosovitskiy et al. 2021, arXiv:2010.11929, Table 1 (base, large); Touvron et al. 2021, arXiv:2012.12877,
Table 1 (tiny, small); Guidez et al. 2026, arXiv:2602.24159, Section IV (CIFAR-10, Tiny ImageNet and ImageNet).
Module names are timm's ``VisionTransformer``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.shape import Size, exact_div
from effbench.cost.transformer import encoder
from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, Spec, require_heads, require_range


@dataclass(frozen=True, kw_only=True)
class ViTSpec(Spec):
    """A plain ViT.

    Attributes:
        patch_size: side of a square patch, pixels.
        width, depth, num_heads, mlp_ratio: of the encoder; the MLP's hidden width is mlp_ratio · width.
        class_token: classify by a class token (yes) or by the mean of the patch tokens (no).
    """

    patch_size: int = 16
    width: int = 768
    depth: int = 12
    num_heads: int = 12
    mlp_ratio: int = 4
    class_token: bool = True

    @property
    def side_multiple(self) -> int:
        return self.patch_size

    def validate(self) -> None:
        require_range("patch_size", self.patch_size, 1, 1024)
        super().validate()
        require_range("depth", self.depth, 1, MAX_LAYERS)
        require_heads(self.width, self.num_heads)
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)


@dataclass(frozen=True, kw_only=True)
class LayeredViTSpec(ViTSpec):
    """A ViT named by its number of layers, as the RAViT paper does."""

    positional: ClassVar[str | None] = "depth"
    depth: int = 0


def cost(s: ViTSpec) -> OpCounts:
    """Operation counts of one image."""
    side: Size = exact_div(s.image_size, s.patch_size)
    patches = side * side
    tokens = patches + 1 if s.class_token else patches
    stream = tokens * s.width
    return combine(
        (
            ops.parameters(s.width) if s.class_token else OpCounts(),
            ops.conv2d(side, side, 3, s.width, s.patch_size, stride=s.patch_size).at("patch_embed.proj"),
            ops.embedding(tokens, s.width),
            encoder("blocks", s.depth, tokens, s.width, s.num_heads, s.mlp_ratio * s.width),
            ops.layer_norm(tokens, s.width).at("norm"),
            OpCounts() if s.class_token else ops.mean(tokens, s.width),
            ops.linear(1, s.width, s.num_classes).at("head").holding(stream),
        )
    )


def build(s: ViTSpec) -> Any:
    """The network."""
    from effbench.models.networks.vit import plain_vit

    return plain_vit(
        image_size=s.image_size,
        patch_size=s.patch_size,
        width=s.width,
        depth=s.depth,
        num_heads=s.num_heads,
        mlp_ratio=s.mlp_ratio,
        class_token=s.class_token,
        num_classes=s.num_classes,
    )


FAMILY = Family(
    name="vit",
    source="arXiv:2010.11929",
    cost=cost,
    build=build,
    symbols={"S": "image_size", "n": "depth", "D": "width"},
)

_SIZES: dict[str, dict[str, Any]] = {
    "tiny": {"width": 192, "depth": 12, "num_heads": 3},
    "small": {"width": 384, "depth": 12, "num_heads": 6},
    "base": {"width": 768, "depth": 12, "num_heads": 12},
    "large": {"width": 1024, "depth": 24, "num_heads": 16},
}

for _patch in (16, 32):
    for _size, _shape in _SIZES.items():
        _cls = ViTSpec(patch_size=_patch, **_shape)
        _gap = ViTSpec(patch_size=_patch, class_token=False, **_shape)
        _in_papers = ("ci2p_vit", "token_fusion") if _size == "base" else ()
        register(
            FAMILY,
            {f"vit_{_size}_patch{_patch}": _cls, f"vit_{_size}_patch{_patch}_gap": _gap},
            papers=_in_papers,
        )

register(
    replace(FAMILY, source="arXiv:2012.12877"),
    {f"deit_{_size}_patch16": ViTSpec(**_SIZES[_size]) for _size in ("tiny", "small", "base")},
    papers=("ci2p_vit", "token_fusion"),
)

register(
    FAMILY,
    {
        "vit_cifar10": LayeredViTSpec(image_size=32, num_classes=10, patch_size=4, width=128, num_heads=8),
        "vit_tiny_imagenet": LayeredViTSpec(image_size=64, num_classes=200, patch_size=4),
        "vit_imagenet": LayeredViTSpec(),
    },
    papers=("ravit",),
    examples={
        "vit_cifar10": ("3", "4", "5"),
        "vit_tiny_imagenet": ("3", "4", "6"),
        "vit_imagenet": ("8", "10", "12"),
    },
)
