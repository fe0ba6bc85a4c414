"""Plain vision transformers: timm's.

Source: Dosovitskiy et al. 2021, arXiv:2010.11929.
"""

from __future__ import annotations

from timm.models.vision_transformer import VisionTransformer

from effbench.models.spec.vit import ViTSpec


def plain_vit(spec: ViTSpec) -> VisionTransformer:
    """A ViT that classifies by its class token, or by the mean of its normalised tokens.

    timm would normalise after pooling (``fc_norm``); the CI2P-ViT paper's count has a norm on every token.
    """
    return VisionTransformer(
        img_size=spec.image_sides,
        patch_size=spec.patch_size,
        embed_dim=spec.width,
        depth=spec.depth,
        num_heads=spec.num_heads,
        mlp_ratio=spec.mlp_ratio,
        num_classes=spec.num_classes,
        class_token=spec.class_token,
        global_pool="token" if spec.class_token else "avg",
        fc_norm=False,
    )
