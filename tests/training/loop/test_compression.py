"""A codec's rate-distortion training (arXiv:2502.10120, Section 3.1), and CI2P-ViT on what it made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from math import log2
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("compressai")
pytest.importorskip("sklearn")
pytest.importorskip("timm")

from torch import Tensor, nn  # noqa: E402 - after the check for torch

from effbench.errors import EffbenchError  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402
from effbench.training.data.source import Batch  # noqa: E402
from effbench.training.loop.compression import Compress, rate_and_distortion  # noqa: E402
from effbench.training.loop.evaluate import NotFinite  # noqa: E402
from effbench.training.loop.outcome import Outcome  # noqa: E402
from effbench.training.loop.recipe import Recipe  # noqa: E402
from effbench.training.loop.recipe_file import changed, recipe_of  # noqa: E402
from effbench.training.loop.run import train  # noqa: E402

TABLE = {
    "source": "a test",
    "task": "compress",
    "model": "bmshj2018_factorized:5",
    "data": {"name": "digits", "size": 32, "batch": 8, "normalise": "none", "calibration": 0.9},
    "optimiser": {"name": "adam", "lr": 3e-4, "weight_decay": 0.0, "clip": 1.0},
    "loss": {"distortion": 0.025},
    "training": {"epochs": 2},
}
"""143 images, 17 steps of eight an epoch."""


def codec(*changes: str) -> Recipe:
    return recipe_of(changed(TABLE, changes), "codec")


class Same:
    """A source of images (b, 3, 32, 32) that are all alike, of one value."""

    def __init__(self, images: int, value: float) -> None:
        self._batch = Batch(torch.full((images, 3, 32, 32), value), torch.zeros(images).long(), torch.arange(images))

    def in_order(self, batch: int) -> Iterator[Batch]:
        for part in zip(*(tensor.split(batch) for tensor in self._batch), strict=True):
            yield Batch(*part)


class Fake(nn.Module):
    """A codec that takes a bit for every pixel and gives back a constant."""

    def __init__(self, given: float, likelihood: float) -> None:
        super().__init__()
        self.given, self.likelihood = given, likelihood

    def forward(self, images: Tensor) -> dict[str, Any]:
        latent = torch.full((len(images), 4, 16, 16), self.likelihood)  # 1,024 numbers an image, as many as pixels
        return {"x_hat": torch.full_like(images, self.given), "likelihoods": {"y": latent}}


@pytest.fixture(scope="module")
def task() -> Compress:
    return Compress(codec(), 0, torch.device("cpu"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("codec") / "run"
    return folder, train(codec(), seed=0, folder=folder)


def test_bits_and_error_by_hand():
    # A likelihood of 1/8 is 3 bits; (0.75 - 0.25)^2 = 0.25. The mean of a batch does not depend on its size.
    for images in (1, 4):
        rate, mse = rate_and_distortion(Fake(0.75, 1 / 8), torch.full((images, 3, 32, 32), 0.25))
        assert (rate.item(), mse.item()) == pytest.approx((3.0, 0.25))


def test_figures_by_hand(task: Compress):
    # 5 images in batches of 2, the last one shorter: 0.025 * 255^2 * 0.25 + 3; 10 log10(1 / 0.25) = 20 log10(2) dB
    figures = task.judge(Fake(0.75, 1 / 8), Same(5, 0.25), "test").figures
    expected = {"loss": 0.025 * 65025 * 0.25 + 3, "bits_per_pixel": 3.0, "mse": 0.25, "psnr_db": 6.020600}
    assert figures == pytest.approx(expected)
    assert task.judge(Fake(0.5, 0.5), Same(1, 0.5), "test").figures["psnr_db"] == float("inf")  # nothing is lost


def test_numbers_that_are_none_fail_the_run(task: Compress):
    with pytest.raises(NotFinite):
        task.judge(Fake(float("nan"), 0.5), Same(2, 0.5), "test")


def test_the_loss_is_compressai_s(task: Compress):
    """Equation 7 with CompressAI's own network, its sum over the likelihoods written out."""
    images = torch.rand(2, 3, 32, 32)
    task.network.train()
    torch.manual_seed(1)
    loss = task.loss(task.network, Batch(images, torch.zeros(2), torch.zeros(2)))
    torch.manual_seed(1)  # the same noise
    out = task.network(images)
    bits = sum(-log2(p) for p in out["likelihoods"]["y"].flatten().tolist())
    mse = ((out["x_hat"] - images) ** 2).mean().item()
    assert loss.item() == pytest.approx(0.025 * 255**2 * mse + bits / (2 * 32 * 32), rel=1e-5)


def test_the_quantiles_follow_the_distribution_alone(task: Compress):
    """They have an optimiser of their own, and take nothing from the loss."""
    bottleneck: Any = task.network.entropy_bottleneck
    assert not bottleneck.quantiles.requires_grad
    others = [p.clone() for name, p in task.network.named_parameters() if "quantiles" not in name]
    before = bottleneck.loss().item()
    for _ in range(5):
        task.after_step()
    assert bottleneck.loss().item() < before
    after = [p for name, p in task.network.named_parameters() if "quantiles" not in name]
    assert all(torch.equal(a, b) for a, b in zip(others, after, strict=True))


def test_training_lowers_the_rate_distortion_loss(run: tuple[Path, Outcome]):
    folder, outcome = run
    recipe = codec()
    from effbench.training.data.opening import open_part

    untrained = Compress(recipe, 0, torch.device("cpu"))
    first = untrained.judge(untrained.network, open_part(recipe.data, "test", root=None, device="cpu"), "test").figures
    assert outcome.figures["loss"] < first["loss"] / 3
    assert outcome.figures["mse"] < first["mse"] / 3
    log = (folder / "log.csv").read_text().splitlines()
    assert log[0] == "epoch,lr,loss,test_loss,bits_per_pixel,mse,psnr_db,images_per_s,seconds"
    assert float(log[2].split(",")[2]) < float(log[1].split(",")[2])  # the training loss of epoch 2 is below that of 1
    assert (outcome.status, outcome.exits, outcome.steps) == ("done", (), 34)
    assert not (folder / "test.npz").exists()  # there are no predictions


def test_its_weights_are_the_encoder_of_ci2p_vit(run: tuple[Path, Outcome]):
    weights = run[0] / "weights.pt"
    network = resolve("ci2p_vit:width=48,depth=2,num_heads=4,num_classes=10").build(encoder_weights=str(weights))
    trained = torch.load(weights, weights_only=True)
    encoder = network.patch_embed.encoder.state_dict()
    assert encoder
    assert all(torch.equal(value, trained[f"g_a.{name}"]) for name, value in encoder.items())
    assert not any(parameter.requires_grad for parameter in network.patch_embed.encoder.parameters())


def test_ci2p_vit_trains_on_it(run: tuple[Path, Outcome], tmp_path: Path):
    table = {
        "source": "a test",
        "model": "ci2p_vit:width=24,depth=1,num_heads=2,num_classes=10",
        "data": {"name": "digits", "size": 32, "batch": 36, "normalise": "none", "calibration": 0.9},
        "options": {"encoder_weights": str(run[0] / "weights.pt")},
    }
    outcome = train(recipe_of(table, "ci2p"), seed=0, folder=tmp_path / "run")
    assert (outcome.status, outcome.steps) == ("done", 3)
    before = torch.load(run[0] / "weights.pt", weights_only=True)["g_a.0.weight"]
    after = torch.load(tmp_path / "run" / "weights.pt", weights_only=True)["patch_embed.encoder.0.weight"]
    assert torch.equal(before, after)  # frozen


def test_interrupted_it_goes_on_to_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    recipe = codec("data.batch=16", "data.size=16", "training.epochs=1", "training.checkpoint_every=3")
    whole = Compress.after_step
    left = [5]  # of eight steps

    def interrupted(task: Compress) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        whole(task)

    undisturbed = train(recipe, seed=0, folder=tmp_path / "a")
    monkeypatch.setattr(Compress, "after_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, seed=0, folder=tmp_path / "b")
    resumed = train(recipe, seed=0, folder=tmp_path / "b")
    a, b = (torch.load(tmp_path / name / "weights.pt", weights_only=True) for name in "ab")
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert a["entropy_bottleneck.quantiles"].unique().numel() > 3  # they were trained
    assert resumed.figures == undisturbed.figures


def test_without_compressai_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "compressai.zoo", None)
    with pytest.raises(EffbenchError, match=r"task compress needs compressai: python -m pip install compressai"):
        Compress(codec(), 0, torch.device("cpu"))
