"""A classifier on every image of a part: metrics of each exit, and its logits to be kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from effbench.stats.calibration import calibration_error, negative_log_likelihood
from effbench.stats.confidence import Floats, Integers, max_probability
from effbench.training.data.source import Source
from effbench.training.loop.outcome import ExitMetrics
from effbench.training.loop.task import Judgement

TOP = 5


class NotFinite(Exception):
    """A loss or a logit that is NaN or infinite: the run has failed."""


def judged(network: nn.Module, source: Source, part: str, batch: int) -> Judgement:
    """Metrics and logits of every exit.

    Args:
        network: in evaluation mode, under the caller's precision. part: what images are named after: ``part-id``.

    Raises:
        NotFinite: a logit is NaN or infinite.
    """
    logits, labels, ids = [], [], []
    for images, classes, numbers in source.in_order(batch):
        outputs = network(images)
        exits = [outputs] if isinstance(outputs, torch.Tensor) else outputs
        logits.append(torch.stack([one.float() for one in exits], dim=1).cpu())  # (b, exits, classes)
        labels.append(classes.cpu())
        ids.append(numbers.cpu())
    arrays: dict[str, Any] = {
        "logits": torch.cat(logits).numpy(),
        "labels": torch.cat(labels).numpy(),
        "ids": np.array([f"{part}-{number}" for number in torch.cat(ids).tolist()]),
    }
    return Judgement(exits=exit_metrics(arrays["logits"], arrays["labels"]), arrays=arrays)


def exit_metrics(logits: Any, labels: Integers) -> tuple[ExitMetrics, ...]:
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
