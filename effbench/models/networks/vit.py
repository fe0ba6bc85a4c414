"""Plain vision transformers: timm's.

Source: Dosovitskiy et al. 2021, arXiv:2010.11929.
"""

from __future__ import annotations

from timm.models.vision_transformer import VisionTransformer


def plain_vit(
    *,
    image_size: int,
    patch_size: int,
    width: int,
    depth: int,
    num_heads: int,
    mlp_ratio: int,
    class_token: bool,
    num_classes: int,
) -> VisionTransformer:
    """A ViT that classifies by its class token, or by the mean of its normalised tokens.

    timm would normalise after pooling (``fc_norm``); the CI2P-ViT paper's count has a norm on every token.
    """
    return VisionTransformer(
        img_size=image_size,
        patch_size=patch_size,
        embed_dim=width,
        depth=depth,
        num_heads=num_heads,
        mlp_ratio=mlp_ratio,
        num_classes=num_classes,
        class_token=class_token,
        global_pool="token" if class_token else "avg",
        fc_norm=False,
    )
