"""CoCa's image classifier: the image encoder, a one-query attention pooler, a linear head.

Source: Yu et al. 2022, arXiv:2205.01917, Table 1 and Section 3.3. Left out, since classification of images does not run
them: both text decoders and the pooler of 256 queries that feeds them. The pooler is as the paper words it, "a single
multi-head attention layer with n_query learnable queries": no MLP follows.
"""

from __future__ import annotations

import torch
from timm.layers.attention_pool import AttentionPoolLatent
from timm.models.vision_transformer import VisionTransformer

from effbench.models.spec.coca import CoCaSpec


def coca_encoder(spec: CoCaSpec) -> VisionTransformer:
    """The encoder with its pooler and head, for images of one size."""
    network = VisionTransformer(
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
    network.attn_pool = Pooler(spec.width, num_heads=spec.num_heads)
    return network


class Pooler(AttentionPoolLatent):
    """One learnable query that attends to all tokens: the attention of timm's pooler, without the MLP behind it."""

    def __init__(self, width: int, *, num_heads: int) -> None:
        super().__init__(width, num_heads=num_heads)
        del self.norm, self.mlp

    def forward(self, x: torch.Tensor, attn_mask: torch.Tensor | None = None) -> torch.Tensor:
        """(batch, tokens, width) -> (batch, width)."""
        heads = (self.num_heads, self.head_dim)
        query = self.q(self.latent.expand(len(x), -1, -1)).unflatten(-1, heads).transpose(1, 2)
        key, value = self.kv(x).unflatten(-1, (2, *heads)).permute(2, 0, 3, 1, 4)
        attended = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=attn_mask)
        return self.proj(attended.transpose(1, 2).flatten(2))[:, 0]
