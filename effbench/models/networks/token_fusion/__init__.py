"""Token Fusion: ViT tokens and ResNet-101 features fused late, early or layer by layer.

Source: Choi et al. 2022, arXiv:2208.09183, Section Method, Figures 2-8; what the paper does not print is decided in
docs/decisions/0003-token-fusion.md.
"""
