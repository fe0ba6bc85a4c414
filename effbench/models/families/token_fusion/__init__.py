"""Token Fusion: ViT tokens and ResNet-101 features fused late, early or layer by layer; three heads; all variations.

Source: Choi et al. 2022, arXiv:2208.09183, Section Method, Figures 2-8. The paper states 12 encoder blocks, the
18-channel early stack, five bridges or mixing blocks, no class token and 140M parameters for the layer-by-layer model.
Widths, patch sizes and how sizes are matched are not printed; they follow from that total
(docs/decisions/0003-token-fusion.md).
"""

from effbench.models.families.token_fusion import early, late, layerwise

__all__ = ["early", "late", "layerwise"]
