"""CoCa as a classifier of images: its encoder, a one-query attention pooler and a linear head.

Source: Yu et al. 2022, arXiv:2205.01917, Table 1; fine-tuned and evaluated at 576 pixels. The 2100 M parameters printed
for CoCa are those of the whole model. Left out here: both text decoders, 18 layers each, with their vocabulary, and the
pooler of 256 queries that feeds them; none of them runs when an image is classified. That leaves 1022.2 M.
"""

from __future__ import annotations

from effbench.models.registry import Family, register
from effbench.models.spec.coca import CoCaSpec


def build(spec: CoCaSpec) -> object:
    """The network, for images of the size in its specification."""
    from effbench.models.networks.coca import coca_encoder

    return coca_encoder(spec)


FAMILY = Family(name="coca", source="arXiv:2205.01917", build=build)

register(FAMILY, {"coca_encoder": CoCaSpec()}, papers=("token_fusion",))
