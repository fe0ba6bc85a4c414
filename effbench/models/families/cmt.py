"""CMT: four stages of blocks with depth-wise convolutions before, inside and after the attention.

Source: Guo et al. 2022, arXiv:2107.06263, Section 3; tiny to base as in the released code, github.com/ggjy/CMT.pytorch,
which has 26.26 M parameters for CMT-S where the paper prints 25.1 M, and those that it prints for the others.
CMT-L is not in the released code. Its shape here is inferred: it continues the others' widths (52, 64, 76, 88) and
depths (12, 16, 20, 25), and its 74.77 M parameters are within 0.1 % of the 74.7 M printed for it.
"""

from __future__ import annotations

from fractions import Fraction

from effbench.models.registry import Family, register
from effbench.models.spec.cmt import CMTSpec


def build(spec: CMTSpec) -> object:
    """The network, for images of the size in its specification."""
    from effbench.models.networks.cmt import CMT

    return CMT(spec)


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
