"""CoCa's image classifier: the image encoder, a one-query attention pooler, a linear head.

Source: Yu et al. 2022, arXiv:2205.01917, Table 1 and Section 3.3. Left out, since classification of images does not run
them: both text decoders and the pooler of 256 queries that feeds them. timm's pooler ends in an MLP as wide as the
encoder's; the paper's text names no MLP there.
"""

from __future__ import annotations

from timm.models.vision_transformer import VisionTransformer

from effbench.models.spec.coca import CoCaSpec


def coca_encoder(spec: CoCaSpec) -> VisionTransformer:
    """The encoder with its pooler and head, for images of one size."""
    return VisionTransformer(
        img_size=spec.image_size,
        patch_size=spec.patch_size,
        num_classes=spec.num_classes,
        embed_dim=spec.width,
        depth=spec.depth,
        num_heads=spec.num_heads,
        mlp_ratio=(spec.mlp_width + 0.5) / spec.width,  # timm truncates the product: the half keeps it above mlp_width
        class_token=False,
        global_pool="map",
    )
