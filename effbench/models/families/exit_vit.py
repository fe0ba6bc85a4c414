"""Plain ViTs with exits after chosen blocks, e.g. ``exit_vit_tiny:4-8``: the second network of the exit protocol.

Source: intermediate classifiers on a trunk, as in BranchyNet, Teerapittayanon et al. 2016, arXiv:1709.01686; the trunks
are DeiT's, Touvron et al. 2021, arXiv:2012.12877, Table 1. Module names: the trunk has timm's; ``exits.I`` is the head
after block I (numbers from 1), a LayerNorm and a linear layer on the class token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.shape import Size, exact_div
from effbench.cost.transformer import encoder_block
from effbench.errors import SpecError
from effbench.models.families.vit import ViTSpec
from effbench.models.registry import Family, register
from effbench.models.spec import require_range


@dataclass(frozen=True, kw_only=True)
class ExitViTSpec(ViTSpec):
    """A ViT with exits.

    Attributes:
        exits: numbers of the blocks that a head follows, from 1, ascending; the last block needs none.
    """

    positional: ClassVar[str | None] = "exits"

    exits: tuple[int, ...] = ()

    def validate(self) -> None:
        super().validate()
        if not self.class_token:
            raise SpecError("exits classify by the class token: class_token cannot be no")
        for block in self.exits:
            require_range("block of an exit", block, 1, self.depth - 1)
        if not self.exits or list(self.exits) != sorted(set(self.exits)):
            shown = "-".join(map(str, self.exits))
            raise SpecError(f"exits must be block numbers in ascending order, e.g. 4-8, got {shown!r}")

    @property
    def tokens(self) -> Size:
        """Patches + 1 (class token)."""
        return exact_div(self.image_size, self.patch_size) ** 2 + 1


def branches(s: ExitViTSpec) -> list[OpCounts]:
    """Operation counts of the part up to each exit, from the exit before it."""
    starts, stops = (0, *s.exits), (*s.exits, s.depth)
    parts = [_blocks(s, start, stop) + _exit(s, stop) for start, stop in zip(starts, stops, strict=True)]
    return [_embedding(s) + parts[0], *parts[1:]]


def cost(s: ExitViTSpec) -> OpCounts:
    """Operation counts of one image that passes every exit (no early exit)."""
    return combine(branches(s))


def _embedding(s: ExitViTSpec) -> OpCounts:
    grid = exact_div(s.image_size, s.patch_size)
    patches = ops.conv2d(grid, grid, 3, s.width, s.patch_size, stride=s.patch_size).at("patch_embed.proj")
    return combine((ops.parameters(s.width), patches, ops.embedding(s.tokens, s.width)))


def _blocks(s: ExitViTSpec, start: int, stop: int) -> OpCounts:
    block = encoder_block(s.tokens, s.width, s.num_heads, s.mlp_ratio * s.width)
    return combine(block.at(f"blocks.{i}") for i in range(start, stop))


def _exit(s: ExitViTSpec, after: int) -> OpCounts:
    """The head after a block; the last one normalises every token, as timm does."""
    stream = s.tokens * s.width
    if after == s.depth:
        norm, head = ops.layer_norm(s.tokens, s.width), ops.linear(1, s.width, s.num_classes)
        return norm.at("norm") + head.at("head").holding(stream)
    norm, head = ops.layer_norm(1, s.width), ops.linear(1, s.width, s.num_classes)
    return (norm.at("norm") + head.at("fc")).at(f"exits.{after}").holding(stream)


def build(s: ExitViTSpec) -> Any:
    """The network; its forward returns the logits of every exit."""
    from effbench.models.networks.exit_vit import ExitViT

    return ExitViT(
        s.exits,
        image_size=s.image_size,
        patch_size=s.patch_size,
        width=s.width,
        depth=s.depth,
        num_heads=s.num_heads,
        mlp_ratio=s.mlp_ratio,
        num_classes=s.num_classes,
    )


FAMILY = Family(
    name="exit_vit",
    source="arXiv:1709.01686",
    cost=cost,
    build=build,
    symbols={"S": "image_size", "D": "width"},
    branches=branches,
)

register(
    FAMILY,
    {
        "exit_vit_tiny": ExitViTSpec(width=192, num_heads=3),
        "exit_vit_small": ExitViTSpec(width=384, num_heads=6),
        "exit_vit_base": ExitViTSpec(),
        "exit_vit_cifar10": ExitViTSpec(image_size=32, num_classes=10, patch_size=4, width=128, depth=4, num_heads=8),
    },
    examples={
        "exit_vit_tiny": ("4-8",),
        "exit_vit_small": ("4-8",),
        "exit_vit_base": ("4-8",),
        "exit_vit_cifar10": ("1-2",),
    },
)
