"""Plain ViTs with exits after chosen blocks, e.g. ``exit_vit_tiny:4-8``: the second network of the exit protocol.

Source: intermediate classifiers on a trunk, as in BranchyNet, Teerapittayanon et al. 2016, arXiv:1709.01686; the trunks
are DeiT's, Touvron et al. 2021, arXiv:2012.12877, Table 1. Module names: the trunk has timm's; ``exits.I`` is the head
after block I (numbers from 1), a LayerNorm and a linear layer on the class token.
"""

from __future__ import annotations

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.transformer import encoder_block
from effbench.models.families.vit import embedding
from effbench.models.registry import Family, register
from effbench.models.spec.vit import ExitViTSpec


def branches(s: ExitViTSpec) -> list[OpCounts]:
    """Operation counts of the part up to each exit, from the exit before it."""
    starts, stops = (0, *s.exits), (*s.exits, s.depth)
    parts = [_blocks(s, start, stop) + _exit(s, stop) for start, stop in zip(starts, stops, strict=True)]
    return [embedding(s) + parts[0], *parts[1:]]


def cost(s: ExitViTSpec) -> OpCounts:
    """Operation counts of one image that passes every exit (no early exit)."""
    return combine(branches(s))


def _blocks(s: ExitViTSpec, start: int, stop: int) -> OpCounts:
    block = encoder_block(s.tokens, s.width, s.num_heads, s.hidden)
    return combine(block.at(f"blocks.{i}") for i in range(start, stop))


def _exit(s: ExitViTSpec, after: int) -> OpCounts:
    """The head after a block; the last one normalises every token, as timm does."""
    stream = s.tokens * s.width
    if after == s.depth:
        norm, head = ops.layer_norm(s.tokens, s.width), ops.linear(1, s.width, s.num_classes)
        return norm.at("norm") + head.at("head").holding(stream)
    norm, head = ops.layer_norm(1, s.width), ops.linear(1, s.width, s.num_classes)
    return (norm.at("norm") + head.at("fc")).at(f"exits.{after}").holding(stream)


def build(s: ExitViTSpec) -> object:
    """The network; its forward returns the logits of every exit."""
    from effbench.models.networks.exit_vit import ExitViT

    return ExitViT(s)


FAMILY = Family(
    name="exit_vit",
    source="arXiv:1709.01686",
    cost=cost,
    build=build,
    symbols={"S": "image_size", "D": "width"},
    branches=branches,
    rectangular=True,
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
