"""CI2P: a compression encoder and inverted residuals in the place of a ViT's patch embedding, and the ViTs built on it.

Source: Zhao and Sun 2025, arXiv:2502.10120, Sections 3.1-3.3, Figures 2-4. The encoder is ``g_a`` of CompressAI's
``bmshj2018_factorized(quality=5)``, which was trained on images in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch
from compressai.zoo import bmshj2018_factorized
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from effbench.models.networks.blocks import encoder_blocks, norm
from effbench.models.networks.inverted_residual import InvertedResidual
from effbench.models.spec.ci2p import CI2PSpec

QUALITY, LATENT = 5, 192
STRIDE = 32
"""Pixels per side of a patch at full reduction."""


class CI2PEmbed(nn.Module):
    """Image to tokens; takes the place of timm's ``PatchEmbed`` (``embed_layer=CI2PEmbed``).

    Args:
        img_size: side of the square image, a multiple of 32.
        embed_dim: width of the tokens.
        fine: leave out the last halving: tokens of a 16-pixel grid instead of a 32-pixel one.
        frozen: do not train the encoder; it then stays in evaluation mode even after ``train()``.
        encoder: ``"pretrained"`` (CompressAI's download), ``"random"``, or the path of a weight file.
        input_mean, input_std: of the normalisation the images went through, which is undone; None for images in [0, 1].
    """

    output_fmt = "NLC"

    def __init__(
        self,
        img_size: int = 256,
        patch_size: int = STRIDE,
        in_chans: int = 3,
        embed_dim: int = 768,
        bias: bool = True,
        *,
        fine: bool = False,
        frozen: bool = True,
        encoder: str = "pretrained",
        input_mean: Sequence[float] | None = None,
        input_std: Sequence[float] | None = None,
        **ignored: object,
    ) -> None:
        super().__init__()
        grid = img_size // (STRIDE // 2 if fine else STRIDE)
        self.grid_size, self.num_patches = (grid, grid), grid * grid
        self.patch_size = (img_size // grid, img_size // grid)
        self.frozen = frozen
        self.encoder = compression_encoder(encoder).requires_grad_(not frozen)
        first = InvertedResidual(LATENT, 4 * LATENT, LATENT, 3, 1)
        last = (
            InvertedResidual(LATENT, 4 * LATENT, embed_dim, 3, 1)
            if fine
            else InvertedResidual(LATENT, 6 * LATENT, embed_dim, 5, 2)
        )
        self.patch_reshape = nn.Sequential(first, last)
        self.normalised = input_mean is not None or input_std is not None
        if self.normalised:
            self.register_buffer("mean", torch.tensor(input_mean or (0.0,)).view(1, -1, 1, 1), persistent=False)
            self.register_buffer("std", torch.tensor(input_std or (1.0,)).view(1, -1, 1, 1), persistent=False)
        self.train(self.training)

    def train(self, mode: bool = True) -> CI2PEmbed:
        super().train(mode)
        if self.frozen:
            self.encoder.eval()
        return self

    def feat_ratio(self, as_scalar: bool = True) -> int | tuple[int, int]:
        """Pixels per token, as timm asks for it."""
        return self.patch_size[0] if as_scalar else self.patch_size

    def forward(self, x: Tensor) -> Tensor:  # (b, 3, H, W) -> (b, n, d)
        if self.normalised:
            x = x * self.std + self.mean
        y: Tensor = self.patch_reshape(self.encoder(x))  # (b, d, H / p, W / p)
        return y.flatten(2).transpose(1, 2)


def ci2p_vit(spec: CI2PSpec, source: str) -> VisionTransformer:
    """timm's ViT on CI2P patches: no position embedding, no class token, average pooling.

    Args:
        source: of the encoder's weights, as ``compression_encoder`` takes it.
    """
    return VisionTransformer(
        img_size=spec.image_size,
        patch_size=STRIDE,
        embed_layer=partial(CI2PEmbed, frozen=spec.frozen_encoder, encoder=source),
        embed_dim=spec.width,
        depth=spec.depth,
        num_heads=spec.num_heads,
        mlp_ratio=spec.mlp_ratio,
        num_classes=spec.num_classes,
        class_token=False,
        pos_embed="none",
        global_pool="avg",
        fc_norm=False,
    )


class DualScaleCI2PViT(nn.Module):
    """CI2P-ViT-ds: half of the blocks on the 16-pixel grid at a quarter of the width, half on the 32-pixel grid.

    Args:
        source: of the encoder's weights, as ``compression_encoder`` takes it.
    """

    def __init__(self, spec: CI2PSpec, source: str) -> None:
        super().__init__()
        width, narrow, half = spec.width, spec.width // 4, spec.depth // 2
        self.patch_embed = CI2PEmbed(
            spec.image_size, embed_dim=narrow, fine=True, frozen=spec.frozen_encoder, encoder=source
        )
        self.fine_blocks = encoder_blocks(half, narrow, spec.num_heads // 4, spec.mlp_ratio)
        self.cnn_reshape = InvertedResidual(narrow, 6 * narrow, width, 5, 2)
        self.blocks = encoder_blocks(half, width, spec.num_heads, spec.mlp_ratio)
        self.norm = norm(width)
        self.head = nn.Linear(width, spec.num_classes)

    def forward(self, x: Tensor) -> Tensor:  # (b, 3, H, W) -> (b, classes)
        x = self.fine_blocks(self.patch_embed(x))  # (b, n, d / 4)
        x = x.transpose(1, 2).unflatten(2, self.patch_embed.grid_size)  # (b, d / 4, h, w)
        x = self.cnn_reshape(x).flatten(2).transpose(1, 2)  # (b, n / 4, d)
        logits: Tensor = self.head(self.norm(self.blocks(x)).mean(dim=1))
        return logits


def compression_encoder(source: str) -> nn.Module:
    """CompressAI's analysis transform: (b, 3, H, W) in [0, 1] -> (b, 192, H / 16, W / 16).

    Its layers cannot be made on the meta device, so they are made on the CPU and moved to the default device; on meta,
    where weights have no values, none are loaded.

    Args:
        source: ``"pretrained"``, ``"random"``, or the path of a file that ``load_encoder`` reads.

    Raises:
        OSError: CompressAI could not download its weights. ValueError: the file holds no such encoder.
    """
    device = torch.get_default_device()
    has_values = device.type != "meta"
    with torch.device("cpu"):
        encoder: nn.Module = bmshj2018_factorized(QUALITY, pretrained=source == "pretrained" and has_values).g_a
    if source not in ("pretrained", "random") and has_values:
        load_encoder(encoder, Path(source))
    return encoder.to(device)


def load_encoder(encoder: nn.Module, path: Path) -> None:
    """Weights of a file saved by CompressAI or by this suite; tensors only, nothing in the file is executed.

    Raises:
        ValueError: the file is no weight file, or holds no such encoder.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        state = state.get("state_dict", state)
        prefix = "g_a." if any(key.startswith("g_a.") for key in state) else ""
        encoder.load_state_dict(
            {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
        )
    except OSError:
        raise
    except Exception as error:  # torch raises many kinds for broken or foreign files
        raise ValueError(f"{path} holds no CompressAI encoder: {str(error).splitlines()[0]}") from None
