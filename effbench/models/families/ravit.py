"""RAViT: one ViT branch per resolution, coarse to fine, the class token handed on, an exit after each branch.

Source: Guidez et al. 2026, arXiv:2602.24159, Sections III and IV. Image sides, patch sizes and widths of the three data
sets are those that give the paper's Tables I-III; numbers of heads are not stated and change no MAC. Module names:
``branches.I`` is a plain ViT (timm's names) that ends in its own ``head``; a layer count of 0 leaves the branch out.
"""

from __future__ import annotations

from fractions import Fraction

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine, op
from effbench.cost.shape import Size, exact_div
from effbench.cost.transformer import encoder
from effbench.models.registry import Family, register
from effbench.models.spec.ravit import RAViTSpec


def branches(s: RAViTSpec) -> list[OpCounts]:
    """Operation counts of each branch that is there, coarse to fine; each ends in an exit."""
    return [_branch(s, i).at(f"branches.{i}") for i, layers in enumerate(s.layers) if _present(layers)]


def cost(s: RAViTSpec) -> OpCounts:
    """Operation counts of one image that goes through all branches (no early exit)."""
    return combine(branches(s))


def _present(layers: Size) -> bool:
    """A branch of 0 layers is not built; in an array of layer counts its entries of 0 must stay."""
    return not isinstance(layers, int) or layers > 0


def _branch(s: RAViTSpec, index: int) -> OpCounts:
    side, tokens = s.sides[index], s.tokens[index]
    grid = exact_div(side, s.patch_size)
    source = 3 * s.image_size * s.image_size
    finest = index == len(s.layers) - 1
    handed = any(isinstance(layers, int) and layers for layers in s.layers[:index])
    parts = (
        OpCounts() if finest else ops.resize(side, side, 3, source=source, antialias=True).at("resize"),
        ops.parameters(s.width),
        ops.conv2d(grid, grid, 3, s.width, s.patch_size, stride=s.patch_size).at("patch_embed.proj"),
        ops.embedding(tokens, s.width),
        op(2 * s.width, embed_add=s.width) if handed else OpCounts(),
        encoder("blocks", s.layers[index], tokens, s.width, s.num_heads, s.hidden),
        ops.layer_norm(tokens, s.width).at("norm"),
        ops.linear(1, s.width, s.num_classes).at("head"),
    )
    return combine(parts)


def build(s: RAViTSpec) -> object:
    """The network; its forward returns the logits of every exit."""
    from effbench.models.networks.ravit import RAViT

    return RAViT(s)


FAMILY = Family(
    name="ravit",
    source="arXiv:2602.24159",
    cost=cost,
    build=build,
    symbols={"S": "image_size", "n": "layers", "D": "width"},
    branches=branches,
)

register(
    FAMILY,
    {
        "ravit_cifar10": RAViTSpec(image_size=32, num_classes=10, patch_size=4, width=128, num_heads=8),
        "ravit_tiny_imagenet": RAViTSpec(image_size=64, num_classes=200, patch_size=4),
        "ravit_imagenet": RAViTSpec(coarse_scale=Fraction(8, 7)),
    },
    papers=("ravit",),
    examples={
        "ravit_cifar10": ("1-3",),
        "ravit_tiny_imagenet": ("2-0-3",),
        "ravit_imagenet": ("1-1-8", "1-1-10"),
    },
)
