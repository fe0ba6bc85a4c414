"""CoCa's image classifier: the image encoder, a one-query attention pooler, a linear head.

Source: Yu et al. 2022, arXiv:2205.01917, Table 1 and Section 3.3. Left out, since classification of images does not run
them: both text decoders and the pooler of 256 queries that feeds them. timm's pooler ends in an MLP as wide as the
encoder's; the paper's text names no MLP there.
"""

from __future__ import annotations

from timm.models.vision_transformer import VisionTransformer


def coca_encoder(
    *,
    image_size: int,
    num_classes: int,
    patch_size: int,
    width: int,
    depth: int,
    num_heads: int,
    mlp_width: int,
) -> VisionTransformer:
    """The encoder with its pooler and head, for images of one size.

    Args:
        image_size, patch_size: sides, pixels.
        num_classes: outputs.
        width, depth, num_heads, mlp_width: of the encoder.
    """
    return VisionTransformer(
        img_size=image_size,
        patch_size=patch_size,
        num_classes=num_classes,
        embed_dim=width,
        depth=depth,
        num_heads=num_heads,
        mlp_ratio=(mlp_width + 0.5) / width,  # timm truncates width · ratio; the half keeps the product above mlp_width
        class_token=False,
        global_pool="map",
    )
