"""CvT: three stages of convolutional token embeddings and attention with convolutional projections.

Source: Wu et al. 2021, arXiv:2103.15808, Table 2. The papers' table holds CvT-21 at 384 pixels. No parameter depends on
the image size.
"""

from __future__ import annotations

from effbench.models.registry import Family, register
from effbench.models.spec.cvt import CvTSpec


def build(spec: CvTSpec) -> object:
    """The network."""
    from effbench.models.networks.cvt import ConvolutionalVisionTransformer

    return ConvolutionalVisionTransformer(spec)


FAMILY = Family(name="cvt", source="arXiv:2103.15808", build=build)

register(FAMILY, {"cvt_13": CvTSpec(depths=(1, 2, 10))})
register(FAMILY, {"cvt_21": CvTSpec(image_size=384)}, papers=("token_fusion",))
