"""RAViT: one ViT branch per resolution, coarse to fine, the class token handed on, an exit after each branch.

Source: Guidez et al. 2026, arXiv:2602.24159, Sections III and IV. Image sides, patch sizes and widths of the three data
sets are those that give the paper's Tables I-III; numbers of heads are not stated and change no MAC. Module names:
``branches.I`` is a plain ViT (timm's names) that ends in its own ``head``; a layer count of 0 leaves the branch out.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine, op
from effbench.cost.shape import Size, exact_div, snap
from effbench.cost.transformer import encoder
from effbench.errors import SpecError
from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, Spec, require_heads, require_range

MAX_BRANCHES = 4


@dataclass(frozen=True, kw_only=True)
class RAViTSpec(Spec):
    """A RAViT.

    Attributes:
        layers: transformer layers per branch, coarse to fine; 0 leaves the branch out.
        resize: factor between the image sides of neighbouring branches.
        coarse_scale: coarse branches are resized from image_size · coarse_scale. The paper's ImageNet branches see
            64, 128 and 224 pixels: halves of 256, not of 224, hence 8/7 there.
        patch_size, width, num_heads, mlp_ratio: shared by all branches.
    """

    positional: ClassVar[str | None] = "layers"

    layers: tuple[int, ...] = ()
    resize: Fraction = Fraction(2)
    coarse_scale: Fraction = Fraction(1)
    patch_size: int = 16
    width: int = 768
    num_heads: int = 12
    mlp_ratio: int = 4

    @property
    def side_multiple(self) -> int:
        return self.patch_size

    @property
    def sides(self) -> tuple[Size, ...]:
        """Image side of every branch, coarse to fine: whole numbers of patches."""
        steps = range(len(self.layers) - 1, 0, -1)
        coarse = (snap(self.image_size, self.coarse_scale / self.resize**k, self.patch_size) for k in steps)
        return (*coarse, self.image_size)

    @property
    def tokens(self) -> tuple[Size, ...]:
        """Patches + 1 (class token) of every branch, coarse to fine."""
        return tuple(exact_div(side, self.patch_size) ** 2 + 1 for side in self.sides)

    def validate(self) -> None:
        require_range("patch_size", self.patch_size, 1, 1024)
        super().validate()
        require_range("number of branches", len(self.layers), 1, MAX_BRANCHES)
        for layers in self.layers:
            require_range("layers of a branch", layers, 0, MAX_LAYERS)
        if not any(self.layers):
            raise SpecError("at least one branch must have a layer")
        if not 1 < self.resize <= 16:
            raise SpecError(f"resize must be more than 1 and at most 16, got {float(self.resize):g}")
        if not 1 <= self.coarse_scale < self.resize:
            raise SpecError(f"coarse_scale must be at least 1 and below resize, got {float(self.coarse_scale):g}")
        require_heads(self.width, self.num_heads)
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)
        if self.sides[0] < self.patch_size or len(set(self.sides)) < len(self.sides):
            shown = ", ".join(map(str, self.sides))
            raise SpecError(
                f"{len(self.layers)} branches would see {shown} pixels: each must be larger than the one before "
                f"and hold at least one patch of {self.patch_size}"
            )


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
        encoder("blocks", s.layers[index], tokens, s.width, s.num_heads, s.mlp_ratio * s.width),
        ops.layer_norm(tokens, s.width).at("norm"),
        ops.linear(1, s.width, s.num_classes).at("head"),
    )
    return combine(parts)


def build(s: RAViTSpec) -> Any:
    """The network; its forward returns the logits of every exit."""
    from effbench.models.networks.ravit import RAViT

    return RAViT(
        s.sides,
        s.layers,
        patch_size=s.patch_size,
        width=s.width,
        num_heads=s.num_heads,
        mlp_ratio=s.mlp_ratio,
        num_classes=s.num_classes,
    )


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
