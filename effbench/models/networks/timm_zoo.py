"""Networks of timm by timm's own names, with random weights; nothing is downloaded."""

from __future__ import annotations

import difflib
import inspect
from functools import cache

import timm
import torch
from timm.models import get_pretrained_cfg
from torch import nn

from effbench.errors import UnknownName


def create(timm_name: str, *, num_classes: int, image_sides: tuple[int, int] | None) -> nn.Module:
    """The network of that name.

    Args:
        num_classes: outputs.
        image_sides: height and width of the images it is built for, pixels; None if the network asks for none.
    """
    size = {} if image_sides is None else {"img_size": image_sides}
    return timm.create_model(timm_name, num_classes=num_classes, **size)


@cache
def asks_for_size(timm_name: str) -> bool:
    """Whether the network is built for an image size; some classes only hand it on to the one they extend."""
    with torch.device("meta"):
        network = timm.create_model(timm_name)
    return any("img_size" in inspect.signature(kind).parameters for kind in type(network).__mro__)


def default_size(timm_name: str) -> int:
    """Side of the images that timm's weights of that name were trained on, pixels.

    Raises:
        UnknownName: timm has no such model.
    """
    try:
        config = get_pretrained_cfg(timm_name)
    except RuntimeError:  # the model is known, its tag after the dot is not
        config = None
    if config is None:
        nearest = difflib.get_close_matches(timm_name, timm.list_models(), n=3, cutoff=0)
        raise UnknownName("timm model", timm_name, nearest, hint="(all: timm.list_models())")
    return config.input_size[1]  # (channels, height, width)
