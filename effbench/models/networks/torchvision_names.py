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
            made = network(name, side)
    except NotImplementedError:  # RegNet computes its widths with tensors, which need values
        made = network(name, side).to("meta")
    return made.eval().requires_grad_(False), torch.empty(1, 3, side, side, device="meta")


def network(name: str, side: int, classes: int = CLASSES) -> nn.Module:
    """The network with random weights, for images of that side in pixels."""
    bare = name.removeprefix(PREFIX)
    more: dict[str, int] = {"image_size": side} if bare.startswith("vit_") else {}  # others take any size
    if bare in ("googlenet", "inception_v3"):
        more["init_weights"] = False  # they warn that others will not be initialised as slowly
    made: nn.Module = torchvision.models.get_model(bare, weights=None, num_classes=classes, **more)
    return made


def classifier(network: nn.Module) -> str:
    """Path of the layer that gives the classes: the last of so many outputs; empty if there is none."""
    paths = (path for path, m in network.named_modules() if isinstance(m, nn.Linear) and m.out_features == CLASSES)
    return next(reversed([*paths]), "")


def _weights(name: str):  # type: ignore[no-untyped-def]  # torchvision does not type its enumerations
    return torchvision.models.get_model_weights(name.removeprefix(PREFIX)).DEFAULT
