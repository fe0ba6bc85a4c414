"""How weights change: the optimiser and what decays, the learning rate at every step, the moving average."""

from __future__ import annotations

import copy
from math import cos, pi

import torch
from torch import Tensor, nn

from effbench.training.loop.recipe import Optimiser, Schedule

UNDECAYED = ("cls_token", "pos_embed", "dist_token", "reg_token", "relative_position_bias_table")
"""Last names of parameters that are embeddings of a place or a role, not weights of a product."""

FUSED_DEVICES = ("cpu", "cuda")


def decays(name: str, dimensions: int) -> bool:
    """Whether weight decay applies to a parameter: not to biases, norms, class tokens and position embeddings."""
    return dimensions > 1 and name.rpartition(".")[2] not in UNDECAYED


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
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


def share(schedule: Schedule, step: int, steps: int, per_epoch: int) -> float:
    """What the peak learning rate is multiplied by at a step.

    Linear warm-up: step s of w, from 0, gets (s + 1) / w. After it the cosine falls from 1 at step w to ``final`` at
    step ``steps``, which is never made (Loshchilov and Hutter 2017, arXiv:1608.03983, eq. 5, without restarts).

    Args:
        step: from 0. steps: of the whole training. per_epoch: of one epoch, in which the warm-up is given.
    """
    warm = round(schedule.warmup * per_epoch)
    if step < warm:
        return (step + 1) / warm
    if schedule.name == "constant":
        return 1.0
    done = (step - warm) / (steps - warm)
    return schedule.final + (1 - schedule.final) * (1 + cos(pi * done)) / 2


class Average:
    """A copy of a network whose weights follow those of the trained one.

    Attributes:
        network: the copy, in evaluation mode.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self._decay = decay

    @torch.no_grad()
    def follow(self, network: nn.Module) -> None:
        """Every number becomes decay · average + (1 - decay) · current; whole numbers are taken over."""
        for mean, now in zip(_numbers(self.network), _numbers(network), strict=True):
            if mean.is_floating_point():
                mean.lerp_(now.to(mean.dtype), 1 - self._decay)
            else:
                mean.copy_(now)


def _numbers(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]
