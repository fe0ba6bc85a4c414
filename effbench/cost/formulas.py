"""The formulas the papers print, by name and equation number, as plain functions of shapes.

They work on ints (exact), NumPy arrays and SymPy symbols. They stand beside the operation counts of ``models`` and are
tested against them; nothing in the package is computed from both.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from operator import add
from typing import overload

from effbench.cost.shape import Expression, Size
from effbench.errors import SpecError

Price = int | Fraction | float
"""Cost of one image: exact where operations are counted, a float where seconds or joules were measured."""


def msa_macs(h: Size, w: Size, c: Size) -> Size:
    """Ω(MSA) = 4hwC² + 2(hw)²C, MACs of one self-attention on h x w patches of width C.

    Source: CI2P-ViT (arXiv:2502.10120) eq. 1, after Swin (arXiv:2103.14030) eq. 1.
    """
    tokens = h * w
    return 4 * tokens * c**2 + 2 * tokens**2 * c


def ravit_layer_macs(tokens: Size, width: Size) -> Size:
    """MAC = 2L²D + 12LD², one transformer layer on L tokens (class token included) of width D.

    Source: RAViT (arXiv:2602.24159) eq. 2: attention products, then projections and MLP (hidden 4D).
    """
    return 2 * tokens * width * (tokens + 6 * width)


def ravit_macs(layers: Sequence[Size], tokens: Sequence[Size], width: Size) -> Size:
    """MAC = Σ nᵢ MACᵢ over the branches, coarse to fine (RAViT eq. 3); FLOPs are twice that."""
    return reduce(add, (n * ravit_layer_macs(length, width) for n, length in zip(layers, tokens, strict=True)))


@overload
def early_exit_cost(images: Sequence[int], costs: Sequence[Price]) -> Price: ...
@overload
def early_exit_cost(images: Sequence[Size | float], costs: Sequence[Size | float]) -> Price | Expression: ...
def early_exit_cost(images: Sequence[Size | float], costs: Sequence[Size | float]) -> Price | Expression:
    """Mean cost per image, (1/N) Σ Nᵢ Cᵢ (RAViT eq. 4).

    Args:
        images: how many images leave at each exit (counts or shares; whole numbers give an exact fraction).
        costs: cumulative cost up to each exit.
    """
    total = sum(images)
    weighted = sum(n * c for n, c in zip(images, costs, strict=True))
    if isinstance(total, int) and isinstance(weighted, int):
        if total <= 0 or any(isinstance(n, int) and n < 0 for n in images):
            raise SpecError(f"images per exit must be 0 or more and not all 0, got {list(images)}")
        return Fraction(weighted, total)
    return weighted / total


@overload
def implied_exit_share(published: int | Fraction, exit_cost: int, full_cost: int) -> Fraction: ...
@overload
def implied_exit_share(published: Size, exit_cost: Size, full_cost: Size) -> Price | Expression: ...
def implied_exit_share(published: Size, exit_cost: Size, full_cost: Size) -> Price | Expression:
    """Share of images that leave at one early exit so that the mean cost is ``published``: eq. 4 solved for it.

    Args:
        published: mean cost per image, in the unit of the other two.
        exit_cost: cumulative cost up to the exit.
        full_cost: cost of the whole network.
    """
    if isinstance(full_cost, int) and isinstance(exit_cost, int) and full_cost <= exit_cost:
        raise SpecError(f"an exit that costs {exit_cost} of {full_cost} saves nothing: no share can be implied")
    saved = full_cost - published
    if isinstance(saved, int | Fraction) and isinstance(full_cost, int) and isinstance(exit_cost, int):
        return Fraction(saved, full_cost - exit_cost)
    return saved / (full_cost - exit_cost)
