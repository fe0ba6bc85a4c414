"""Classifiers on every image of a part: metrics of each exit, and its logits to be kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from effbench.stats.calibration import calibration_error, negative_log_likelihood
from effbench.stats.confidence import Floats, Integers, max_probability
from effbench.training.data.source import Source
from effbench.training.loop.device import autocast
from effbench.training.loop.outcome import ExitMetrics
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.task import Judgement

TOP = 5


class NotFinite(Exception):
    """A loss or a logit that is NaN or infinite: the run has failed."""


class Seen(NamedTuple):
    """What a network said of all images of a part.

    Attributes:
        exits: logits of each output of the network, (n, classes), fp32 on the CPU.
        labels: (n,), int64. ids: (n,), names of the images: ``part-number``.
    """

    exits: list[Tensor]
    labels: Integers
    ids: np.ndarray[tuple[int], np.dtype[np.str_]]


def seen(network: nn.Module, source: Source, part: str, recipe: Recipe, device: torch.device) -> Seen:
    """The network's outputs for every image, in evaluation mode and the precision of the recipe's training."""
    logits: list[list[Tensor]] = []
    labels, ids = [], []
    network.eval()
    with torch.inference_mode(), autocast(recipe.training.precision, device):
        for images, classes, numbers in source.in_order(recipe.training.micro_batch or recipe.data.batch):
            outputs = network(images)
            exits = [outputs] if isinstance(outputs, Tensor) else outputs
            logits.append([one.float().cpu() for one in exits])
            labels.append(classes.cpu())
            ids.append(numbers.cpu())
    names = np.array([f"{part}-{number}" for number in torch.cat(ids).tolist()])
    return Seen([torch.cat(exit) for exit in zip(*logits, strict=True)], torch.cat(labels).numpy(), names)


def judged(seen: Seen) -> Judgement:
    """Metrics and logits of every exit.

    Raises:
        NotFinite: a logit is NaN or infinite.
    """
    logits: Floats = torch.stack(seen.exits, dim=1).numpy()  # (n, exits, classes)
    arrays = {"logits": logits, "labels": seen.labels, "ids": seen.ids}
    return Judgement(exits=exit_metrics(logits, seen.labels), arrays=arrays)


def exit_metrics(logits: Floats, labels: Integers) -> tuple[ExitMetrics, ...]:
    """Metrics of every exit; logits are (n, exits, classes).

    Raises:
        NotFinite: a logit is NaN or infinite.
    """
    if not np.isfinite(logits).all():
        raise NotFinite("the network's logits are not finite numbers")
    return tuple(_metrics(logits[:, k].astype(np.float64), labels) for k in range(logits.shape[1]))


def _metrics(logits: Floats, labels: Integers) -> ExitMetrics:
    places = places_of(logits, labels)
    return ExitMetrics(
        images=len(labels),
        top1=int((places < 1).sum()),
        top5=int((places < TOP).sum()),
        nll=negative_log_likelihood(logits, labels),
        ece=calibration_error(max_probability(logits), places < 1),
    )


def places_of(logits: Floats, labels: Integers) -> Integers:
    """Place of the true class among the classes by probability, from 0; of equal ones the first is before the others.

    So place 0 is what ``argmax`` gives: logits that were computed in 16 bits do tie.
    """
    true = logits[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(logits.shape[1])[None] < labels[:, None]
    return np.asarray(((logits > true) | ((logits == true) & earlier)).sum(axis=1))
