"""Optimisers of recipes: which parameters they get, and which of these decay."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from effbench.training.loop.recipe import Optimiser

UNDECAYED = ("cls_token", "pos_embed", "dist_token", "reg_token", "relative_position_bias_table")
"""Last names of parameters that are embeddings of a place or a role, not weights of a product."""

FUSED_DEVICES = ("cpu", "cuda")


def decays(name: str, dimensions: int) -> bool:
    """Whether weight decay applies to a parameter: not to biases, norms, class tokens and position embeddings."""
    return dimensions > 1 and name.rpartition(".")[2] not in UNDECAYED


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """The parameters that are trained, in two groups: with ``weight_decay``, and without; frozen ones are in neither.

    A module may exempt more of its own by ``no_weight_decay()``, as timm's do.
    """
    exempt = _exempt(network)
    decayed: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            chosen = decayed if decays(name, parameter.ndim) and name not in exempt else plain
            chosen.append(parameter)
    groups = ({"params": decayed, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0})
    return [group for group in groups if group["params"]]


def make_optimiser(network: nn.Module, recipe: Optimiser, device: torch.device) -> torch.optim.Optimizer:
    """The recipe's optimiser, in one fused kernel per step where the device has it.

    Decay is decoupled for AdamW (arXiv:1711.05101) and part of the gradient for Adam and SGD.
    """
    groups = parameter_groups(network, recipe.weight_decay)
    fused = device.type in FUSED_DEVICES
    if recipe.name == "sgd":
        return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, fused=fused)
    kind = torch.optim.AdamW if recipe.name == "adamw" else torch.optim.Adam
    return kind(groups, lr=recipe.lr, betas=recipe.betas, fused=fused)


def _exempt(network: nn.Module) -> set[str]:
    found = set()
    for path, module in network.named_modules():
        own = getattr(module, "no_weight_decay", None)
        found |= {f"{path}.{name}" if path else name for name in own()} if callable(own) else set()
    return found
