"""torchvision's classifiers by their names, as torchvision builds them for the image size of their weights."""

from __future__ import annotations

import torch
import torchvision
from torch import Tensor, nn

PREFIX = "torchvision/"
CLASSES = 1000


def names() -> list[str]:
    """Every classifier, as ``torchvision/NAME``."""
    return [f"{PREFIX}{name}" for name in torchvision.models.list_models(module=torchvision.models)]


def own_side(name: str) -> int:
    """Image side that its weights are made for, pixels."""
    return int(_weights(name).transforms().crop_size[0])


def network_and_image(name: str, size: int | None = None) -> tuple[nn.Module, Tensor]:
    """The network on the meta device in evaluation mode, and one image without values.

    Args:
        size: image side, pixels; None for its own.
    """
    side = size or own_side(name)
    try:
        with torch.device("meta"):
            network = _network(name, side)
    except NotImplementedError:  # RegNet computes its widths with tensors, which need values
        network = _network(name, side).to("meta")
    return network.eval().requires_grad_(False), torch.empty(1, 3, side, side, device="meta")


def _network(name: str, side: int) -> nn.Module:
    more = {"image_size": side} if name.startswith(f"{PREFIX}vit_") else {}  # others take any size
    network: nn.Module = torchvision.models.get_model(name.removeprefix(PREFIX), weights=None, **more)
    return network


def classifier(network: nn.Module) -> str:
    """Path of the layer that gives the classes: the last of so many outputs; empty if there is none."""
    paths = (path for path, m in network.named_modules() if isinstance(m, nn.Linear) and m.out_features == CLASSES)
    return next(reversed([*paths]), "")


def _weights(name: str):  # type: ignore[no-untyped-def]  # torchvision does not type its enumerations
    return torchvision.models.get_model_weights(name.removeprefix(PREFIX)).DEFAULT
