"""T2T-ViT: tokens from overlapping splits and small attentions, then a deep and narrow ViT.

Source: Yuan et al. 2021, arXiv:2101.11986, Section 3. The papers' tables hold the variants whose splits are joined by
Performers; ``performer=no`` gives those with softmax attention there, named T2T-ViT_t in the paper.
"""

from __future__ import annotations

from effbench.models.registry import Family, register
from effbench.models.spec.t2t import T2TSpec


def build(spec: T2TSpec) -> object:
    """The network."""
    from effbench.models.networks.t2t import T2TViT

    return T2TViT(spec)


FAMILY = Family(name="t2t", source="arXiv:2101.11986", build=build)

register(FAMILY, {"t2t_vit_19": T2TSpec()}, papers=("token_fusion",))
register(FAMILY, {"t2t_vit_24": T2TSpec(width=512, depth=24, num_heads=8)}, papers=("ci2p_vit",))
