"""PVT, version 1: a pyramid of four stages whose attention reads keys and values from a reduced map.

Source: Wang et al. 2021, arXiv:2102.12122, Table 1. The position tables are those of the size at hand.
"""

from __future__ import annotations

from effbench.models.registry import Family, register
from effbench.models.spec.pvt import PVTSpec


def build(spec: PVTSpec) -> object:
    """The network, for images of the size in its specification."""
    from effbench.models.networks.pvt import PyramidVisionTransformer

    return PyramidVisionTransformer(spec)


FAMILY = Family(name="pvt", source="arXiv:2102.12122", build=build)

register(FAMILY, {"pvt_tiny": PVTSpec(depths=(2, 2, 2, 2)), "pvt_small": PVTSpec(depths=(3, 4, 6, 3))})
register(FAMILY, {"pvt_medium": PVTSpec()}, papers=("token_fusion",))
register(FAMILY, {"pvt_large": PVTSpec(depths=(3, 8, 27, 3))})
