"""CMT: four stages of blocks with depth-wise convolutions before, inside and after the attention.

Source: Guo et al. 2022, arXiv:2107.06263, Section 3; tiny to base as in the released code, github.com/ggjy/CMT.pytorch,
which has 26.26 M parameters for CMT-S where the paper prints 25.1 M, and those that it prints for the others.
CMT-L is not in the released code. Its shape here is inferred: it continues the others' widths (52, 64, 76, 88) and
depths (12, 16, 20, 25), and its 74.77 M parameters are within 0.1 % of the 74.7 M printed for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from effbench.errors import SpecError
from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, MAX_WIDTH, Spec, require_heads, require_range


@dataclass(frozen=True, kw_only=True)
class CMTSpec(Spec):
    """A CMT; tuples have an entry per stage.

    Attributes:
        stem_width: channels of the three convolutions before the first stage.
        widths, depths, num_heads: of the stages, on maps of 1/4, 1/8, 1/16, ... of the image's side.
        reductions: how many times shorter the sides of the maps of keys and values are.
        mlp_ratio: channels inside the feed-forward over width, rounded down.
        head_width: channels of the convolution before the classifier.
    """

    stem_width: int = 32
    widths: tuple[int, ...] = (64, 128, 256, 512)
    depths: tuple[int, ...] = (3, 3, 16, 3)
    num_heads: tuple[int, ...] = (1, 2, 4, 8)
    reductions: tuple[int, ...] = (8, 4, 2, 1)
    mlp_ratio: Fraction = Fraction(4)
    head_width: int = 1280

    @property
    def side_multiple(self) -> int:
        """Every stage's map must be a multiple of its reduction."""
        return math.lcm(*(2 ** (i + 2) * reduction for i, reduction in enumerate(self.reductions)))

    @property
    def hidden(self) -> tuple[int, ...]:
        """Channels inside the feed-forward of each stage."""
        return tuple(int(width * self.mlp_ratio) for width in self.widths)

    def validate(self) -> None:
        if not len(self.widths) == len(self.depths) == len(self.num_heads) == len(self.reductions):
            raise SpecError("widths, depths, num_heads and reductions need as many entries as one another")
        require_range("stages", len(self.widths), 1, 8)
        for reduction in self.reductions:
            require_range("reductions", reduction, 1, 64)
        super().validate()
        require_range("stem_width", self.stem_width, 1, MAX_WIDTH)
        require_range("head_width", self.head_width, 1, MAX_WIDTH)
        for width, depth, num_heads in zip(self.widths, self.depths, self.num_heads, strict=True):
            require_range("depths", depth, 1, MAX_LAYERS)
            require_heads(width, num_heads)
        if not 1 <= self.mlp_ratio <= 64:
            raise SpecError(f"mlp_ratio must be between 1 and 64, got {float(self.mlp_ratio):g}")


def build(spec: CMTSpec) -> Any:
    """The network, for images of ``models.spec.image_size``."""
    from effbench.models.networks.cmt import CMT

    return CMT(
        image_size=spec.image_size,
        num_classes=spec.num_classes,
        stem_width=spec.stem_width,
        widths=spec.widths,
        depths=spec.depths,
        num_heads=spec.num_heads,
        reductions=spec.reductions,
        hidden=spec.hidden,
        head_width=spec.head_width,
    )


def _variant(image_size: int, stem_width: int, width: int, depths: tuple[int, ...], mlp_ratio: str = "4") -> CMTSpec:
    return CMTSpec(
        image_size=image_size,
        stem_width=stem_width,
        widths=(width, 2 * width, 4 * width, 8 * width),
        depths=depths,
        mlp_ratio=Fraction(mlp_ratio),
    )


FAMILY = Family(name="cmt", source="arXiv:2107.06263", build=build)

_VARIANTS = {
    "cmt_tiny": _variant(160, 16, 46, (2, 2, 10, 2), "3.6"),
    "cmt_xsmall": _variant(192, 16, 52, (3, 3, 12, 3), "3.77"),
    "cmt_small": _variant(224, 32, 64, (3, 3, 16, 3)),
    "cmt_base": _variant(256, 38, 76, (4, 4, 20, 4)),
    "cmt_large": _variant(288, 44, 88, (5, 5, 25, 5)),
}

for _name, _spec in _VARIANTS.items():
    register(FAMILY, {_name: _spec}, papers=("token_fusion",) if _name in ("cmt_small", "cmt_large") else ())
