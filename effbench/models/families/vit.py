"""Plain vision transformers: ViT and DeiT, with a class token or average pooling, and the RAViT paper's n-layer ViTs.

Sources: Dosovitskiy et al. 2021, arXiv:2010.11929, Table 1 (base, large); Touvron et al. 2021, arXiv:2012.12877,
Table 1 (tiny, small); Guidez et al. 2026, arXiv:2602.24159, Section IV (CIFAR-10, Tiny ImageNet and ImageNet).
Module names are timm's ``VisionTransformer``.
"""

from __future__ import annotations

from dataclasses import replace

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.transformer import encoder
from effbench.models.registry import Family, register
from effbench.models.spec.vit import LayeredViTSpec, ViTSpec


def cost(s: ViTSpec) -> OpCounts:
    """Operation counts of one image."""
    return combine(
        (
            embedding(s),
            encoder("blocks", s.depth, s.tokens, s.width, s.num_heads, s.hidden),
            ops.layer_norm(s.tokens, s.width).at("norm"),
            OpCounts() if s.class_token else ops.mean(s.tokens, s.width),
            ops.linear(1, s.width, s.num_classes).at("head").holding(s.tokens * s.width),
        )
    )


def embedding(s: ViTSpec) -> OpCounts:
    """Class token, patches and positions."""
    return combine(
        (
            ops.parameters(s.width) if s.class_token else OpCounts(),
            ops.conv2d(*s.grid, 3, s.width, s.patch_size, stride=s.patch_size).at("patch_embed.proj"),
            ops.embedding(s.tokens, s.width),
        )
    )


def build(s: ViTSpec) -> object:
    """The network."""
    from effbench.models.networks.vit import plain_vit

    return plain_vit(s)


FAMILY = Family(
    name="vit",
    source="arXiv:2010.11929",
    cost=cost,
    build=build,
    symbols={"S": "image_size", "n": "depth", "D": "width"},
    rectangular=True,
)

_SIZES = {
    "tiny": ViTSpec(width=192, num_heads=3),
    "small": ViTSpec(width=384, num_heads=6),
    "base": ViTSpec(),
    "large": ViTSpec(width=1024, depth=24, num_heads=16),
}

for _patch in (16, 32):
    for _size, _spec in _SIZES.items():
        _cls = replace(_spec, patch_size=_patch)
        _gap = replace(_cls, class_token=False)
        _in_papers = ("ci2p_vit", "token_fusion") if _size == "base" else ()
        register(
            FAMILY,
            {f"vit_{_size}_patch{_patch}": _cls, f"vit_{_size}_patch{_patch}_gap": _gap},
            papers=_in_papers,
        )

register(
    replace(FAMILY, source="arXiv:2012.12877"),
    {f"deit_{_size}_patch16": _SIZES[_size] for _size in ("tiny", "small", "base")},
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
