"""The same RAViT with other layer counts; and the plain ViT, which is a RAViT with layers in its last branch alone."""

from __future__ import annotations

import dataclasses

from effbench.models.registry import Model
from effbench.models.spec.ravit import RAViTSpec
from effbench.models.spec.vit import ViTSpec

Layers = tuple[int, ...]
"""Of every branch, coarse to fine."""

SHARED = ("image_size", "num_classes", "patch_size", "width", "num_heads", "mlp_ratio")
"""What a branch and a plain ViT must have in common to be the same network."""


def with_layers(model: Model, layers: Layers) -> Model:
    """The RAViT of that shape with other layers.

    Raises:
        SpecError: no network has them.
    """
    spec = dataclasses.replace(_spec(model), layers=layers)
    spec.validate()
    return Model(name=renamed(model.name, layers), entry=model.entry, spec=spec)


def as_ravit(plain: Model, pattern: Model) -> Model | None:
    """The RAViT of the pattern's shape that is this plain ViT; None if there is none.

    Its weights fit and its logits are equal: a branch alone is handed no class token, and its images are not resized.
    """
    spec, shape = plain.spec, _spec(pattern)
    if not isinstance(spec, ViTSpec) or not spec.class_token:
        return None
    if any(getattr(spec, name) != getattr(shape, name) for name in SHARED):
        return None
    return with_layers(pattern, (*(0,) * (len(shape.layers) - 1), spec.depth))


def _spec(model: Model) -> RAViTSpec:
    if not isinstance(model.spec, RAViTSpec):
        raise TypeError(f"{model.name} is no RAViT")
    return model.spec


def renamed(name: str, layers: Layers) -> str:
    """``ravit_cifar10:1-3,width=64`` with other layer counts."""
    base, _, arguments = name.partition(":")
    others = [part for part in arguments.split(",") if "=" in part and part.partition("=")[0].strip() != "layers"]
    return f"{base}:{','.join(['-'.join(map(str, layers)), *others])}"
