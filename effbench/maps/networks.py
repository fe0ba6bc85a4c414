"""The same RAViT with other layer counts, and what it costs; a plain ViT is a RAViT with layers in its last branch."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Literal

from effbench.cost.convention import convention
from effbench.maps.axes import Layers
from effbench.models.families.ravit import branches
from effbench.models.registry import Model
from effbench.models.spec.ravit import RAViTSpec
from effbench.models.spec.vit import ViTSpec

Exit = int | Literal["last"]
"""Number of the branch that ends in the exit, from 1; or the last exit of a network, whichever that is."""

SHARED = ("image_size", "num_classes", "patch_size", "width", "num_heads", "mlp_ratio")
"""What a branch and a plain ViT must have in common to be the same network."""


def with_layers(model: Model, layers: Layers) -> Model:
    """The RAViT of that shape with other layers.

    Raises:
        SpecError: no network has them.
    """
    spec = dataclasses.replace(ravit_spec(model), layers=layers)
    spec.validate()
    return Model(name=renamed(model.name, layers), entry=model.entry, spec=spec)


def as_ravit(plain: Model, pattern: Model) -> Model | None:
    """The RAViT of the pattern's shape that is this plain ViT; None if there is none.

    Its weights fit and its logits are equal: a branch alone is handed no class token, and its images are not resized.
    """
    spec, shape = plain.spec, ravit_spec(pattern)
    if not isinstance(spec, ViTSpec) or not spec.class_token:
        return None
    if any(getattr(spec, name) != getattr(shape, name) for name in SHARED):
        return None
    return with_layers(pattern, only_last(len(shape.layers), spec.depth))


def ravit_spec(model: Model) -> RAViTSpec:
    """The specification of a RAViT."""
    if not isinstance(model.spec, RAViTSpec):
        raise TypeError(f"{model.name} is not a RAViT")
    return model.spec


def only_last(branches: int, layers: int) -> Layers:
    """All layers in the last branch."""
    return (*(0,) * (branches - 1), layers)


def dashed(layers: Layers) -> str:
    """The layer counts as the paper writes them: ``1-3``."""
    return "-".join(map(str, layers))


def renamed(name: str, layers: Layers) -> str:
    """``ravit_cifar10:1-3,width=64`` with other layer counts."""
    base, _, arguments = name.partition(":")
    others = [part for part in arguments.split(",") if "=" in part and part.partition("=")[0].strip() != "layers"]
    return f"{base}:{','.join([dashed(layers), *others])}"


def exit_place(layers: Layers, exit: Exit) -> int | None:
    """Place of the exit among those of the network, which has one after each branch with layers; None if it has none.

    ``last`` is -1.
    """
    if exit == "last":
        return -1
    return sum(map(bool, layers[: exit - 1])) if layers[exit - 1] else None


def cost(shape: RAViTSpec, layers: Layers, exit: Exit, under: str) -> int:
    """Cost of one image up to an exit that the network has, in the unit of the convention ``under``.

    The sum of its branches' costs: a branch is priced once for each layer count, not once for each network of a map.
    """
    present = [index for index, count in enumerate(layers) if count]
    place = exit_place(layers, exit)
    reached = present if place in (None, -1) else present[: place + 1]
    return sum(_branch_cost(shape, index, layers[index], index > present[0], under) for index in reached)


@cache
def _branch_cost(shape: RAViTSpec, index: int, layers: int, handed: bool, under: str) -> int:
    """Cost of one branch, which is handed a class token if there is a branch before it."""
    counts = [0] * len(shape.layers)
    counts[index] = layers
    if handed:
        counts[index - 1] = 1
    return int(convention(under).total(branches(dataclasses.replace(shape, layers=tuple(counts)))[-1]))
