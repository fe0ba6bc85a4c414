"""CPVT: a ViT with convolutions between its first blocks in place of the position table.

Source: Chu et al. 2021, arXiv:2102.10882, Section 3; shapes as DeiT's of the same name. The number of position
encodings varies in the paper's ablations; here it is five, one after each of the first five blocks, as the reported
results have (read in a secondary source). With a single one the parameters are at most 0.14 % fewer.
"""

from __future__ import annotations

from effbench.models.registry import Family, register
from effbench.models.spec.cpvt import CPVTSpec


def build(spec: CPVTSpec) -> object:
    """The network; it takes images of any size that its patches divide."""
    from effbench.models.networks.cpvt import CPVT

    return CPVT(spec)


FAMILY = Family(name="cpvt", source="arXiv:2102.10882", build=build)

register(FAMILY, {"cpvt_base": CPVTSpec()}, papers=("ci2p_vit",))
register(FAMILY, {"cpvt_tiny_gap": CPVTSpec(width=192, num_heads=3, class_token=False)}, papers=("token_fusion",))
