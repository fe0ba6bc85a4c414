"""Scores and decisions on torch tensors: the same policy as in ``policy``, one exit at a time, where the network runs.

Scores are computed in float64 from the logits, row by row: an image's score and decision do not depend on the batch
that its logits came in, and equal those of ``confidence`` to rounding in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from effbench.early_exit.policy import Policy
from effbench.early_exit.protocol import State


def entropy(logits: Tensor) -> Tensor:
    """(b, classes) -> (b,): -Σ p ln p in nats, as |Σ p ln p|: rounding must not make a certainty negative."""
    logs = F.log_softmax(logits, dim=1)
    return (logs.exp() * logs).sum(dim=1).abs()


def normalised_entropy(logits: Tensor) -> Tensor:
    """(b, classes) -> (b,): the entropy as a share of ln(classes)."""
    return entropy(logits) / log(logits.shape[1])


def max_probability(logits: Tensor) -> Tensor:
    """(b, classes) -> (b,): the largest softmax probability."""
    return F.softmax(logits, dim=1).amax(dim=1)


def margin(logits: Tensor) -> Tensor:
    """(b, classes) -> (b,): the largest softmax probability minus the second largest."""
    best = F.softmax(logits, dim=1).topk(2, dim=1).values
    return best[:, 0] - best[:, 1]


SCORES: dict[str, Callable[[Tensor], Tensor]] = {
    "entropy": entropy,
    "normalised_entropy": normalised_entropy,
    "max_probability": max_probability,
    "margin": margin,
}
"""Scores that need nothing but the logits of one exit; patience also needs the exits before it."""


def agreement(logits: Tensor, memory: State) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Patience: exits in a row, this one included, that predict the same class.

    Args:
        logits: (b, classes).
        memory: what this function gave at the exit before; None at the first.

    Returns:
        Run length (b,), and (predicted class, run length), each (b,), for the next exit.
    """
    predicted = logits.argmax(dim=1)
    if not isinstance(memory, tuple):
        run = torch.ones_like(predicted)
    else:
        before, run = memory
        run = torch.where(predicted == before, run + 1, 1)
    return run, (predicted, run)


class Decision(nn.Module):
    """Who leaves at an exit.

    Args:
        policy: score, thresholds and temperatures.
    """

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, exit_: int, logits: Tensor, memory: State) -> tuple[Tensor, State]:
        """Decide at one early exit.

        Args:
            exit_: its number, from 0.
            logits: (b, classes) of any floating type.
            memory: what this function gave at the exit before, for the same images; None at the first.

        Returns:
            True for each image that leaves, (b,), and what the next exit needs to know of the others. A score that is
            NaN lets nobody leave.
        """
        values = logits.double()
        if self.policy.temperatures:
            values = values / self.policy.temperatures[exit_]
        if self.policy.score == "patience":
            score, memory = agreement(values, memory)
        else:
            score = SCORES[self.policy.score](values)
        threshold = self.policy.thresholds[exit_]
        return (score < threshold if self.policy.rule.leaves_below else score >= threshold), memory
