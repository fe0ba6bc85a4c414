"""Image compression: a CompressAI codec trained by its rate-distortion loss, whose encoder CI2P-ViT starts from.

Source: Zhao and Sun 2025, arXiv:2502.10120, Section 3.1, eq. 2-7; Ballé et al. 2018, arXiv:1802.01436, Section 2. The
constants are those of CompressAI's documentation (Model zoo, Training) and example training.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log, log10

import torch
from torch import Tensor, nn

from effbench.errors import MissingExtra
from effbench.training.data.source import Batch, Source
from effbench.training.loop.evaluate import NotFinite
from effbench.training.loop.feasible import quality_of
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.task import Judgement, Plain

PEAK = 255
"""Of the pixels that the mean squared error of the loss is written for; images here are in [0, 1]."""

QUANTILE_RATE = 1e-3
"""Learning rate of the quantiles: they follow the distribution of the latent, and take no part in the loss."""

COLUMNS = ("test_loss", "bits_per_pixel", "mse", "psnr_db")


class Compress(Plain):
    """A codec on images in [0, 1].

    Args:
        recipe: model ``bmshj2018_factorized:QUALITY``; its ``loss.distortion`` is lambda.

    Raises:
        SpecError, UnknownName: see ``codec.quality_of``. MissingExtra: CompressAI is not installed.
    """

    def __init__(self, recipe: Recipe, seed: int, device: torch.device) -> None:
        self._distortion = recipe.loss.distortion
        self._batch = recipe.training.micro_batch or recipe.data.batch
        self.network = _codec(quality_of(recipe), seed).to(device)
        self._bottleneck: nn.Module = self.network.entropy_bottleneck
        self._bottleneck.quantiles.requires_grad_(False)  # not the main optimiser's
        self._optimiser = torch.optim.Adam([self._bottleneck.quantiles], lr=QUANTILE_RATE)

    def columns(self) -> tuple[str, ...]:
        """Names of the results that the log shows of the test images."""
        return COLUMNS

    def loss(self, forward: nn.Module, batch: Batch) -> Tensor:
        """lambda * 255^2 * MSE + bits per pixel (eq. 7), mean over the images; the latent has noise for rounding."""
        return self._loss(*rate_and_distortion(forward, batch.images))

    def after_step(self) -> None:
        """One step of the quantiles towards those of the latent's learned distribution."""
        quantiles = self._bottleneck.quantiles.requires_grad_(True)
        (quantiles.grad,) = torch.autograd.grad(self._bottleneck.loss(), [quantiles])
        quantiles.requires_grad_(False)
        self._optimiser.step()
        quantiles.grad = None

    def state(self) -> Mapping[str, object]:
        """Of the quantiles' optimiser."""
        return {"quantiles": self._optimiser.state_dict()}

    def load(self, state: Mapping[str, object]) -> None:
        """Continue from a ``state``."""
        self._optimiser.load_state_dict(state["quantiles"])

    def judge(self, network: nn.Module, source: Source, part: str) -> Judgement:
        """Means over the images: loss, bits per pixel (by the learned likelihoods of the rounded latent), MSE, PSNR.

        Raises:
            NotFinite: one of them is NaN or infinite.
        """
        network.eval()
        sums, images = torch.zeros(2, dtype=torch.float64), 0
        with torch.inference_mode():
            for batch in source.in_order(self._batch):
                rate, mse = rate_and_distortion(network, batch.images)
                sums += len(batch.images) * torch.stack((rate, mse)).double().cpu()
                images += len(batch.images)
        rate, mse = sums / images
        if not torch.isfinite(sums).all():
            raise NotFinite("the codec's rate and distortion are not finite numbers")
        figures = {
            "loss": float(self._loss(rate, mse)),
            "bits_per_pixel": float(rate),
            "mse": float(mse),
            "psnr_db": -10 * log10(float(mse)) if mse > 0 else float("inf"),
        }
        return Judgement(figures=figures)

    def _loss(self, rate: Tensor, mse: Tensor) -> Tensor:
        return self._distortion * PEAK**2 * mse + rate


def rate_and_distortion(forward: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Bits per pixel (eq. 6) and mean squared error (eq. 5) of images (b, 3, H, W) in [0, 1], means over the batch."""
    out = forward(images)
    pixels = images.shape[0] * images.shape[2] * images.shape[3]
    bits = sum(likelihoods.log().sum() for likelihoods in out["likelihoods"].values()) / -log(2)
    return bits / pixels, (out["x_hat"] - images).square().mean()


def _codec(quality: int, seed: int) -> nn.Module:
    """CompressAI's network, with weights drawn with the seed on the CPU: the same for every device."""
    try:
        from compressai.zoo import bmshj2018_factorized
    except ImportError:
        raise MissingExtra("task compress", "compressai", "measure") from None
    torch.manual_seed(seed)
    network: nn.Module = bmshj2018_factorized(quality, pretrained=False)
    return network
