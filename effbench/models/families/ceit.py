"""CeiT: a ViT with a convolutional stem, convolutions in its MLPs, and attention over the layers' class tokens.

Source: Yuan et al. 2021, arXiv:2103.11816, Section 3. The tables hold CeiT-S at 224 and at 384 pixels; the position
table is that of the size at hand.
"""

from __future__ import annotations

from effbench.models.registry import Family, register
from effbench.models.spec.ceit import CeiTSpec


def build(spec: CeiTSpec) -> object:
    """The network, for images of the size in its specification."""
    from effbench.models.networks.ceit import CeiT

    return CeiT(spec)


FAMILY = Family(name="ceit", source="arXiv:2103.11816", build=build)

register(FAMILY, {"ceit_small": CeiTSpec()}, papers=("token_fusion",))
