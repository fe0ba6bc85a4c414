"""How probable a classifier calls the true classes."""

from __future__ import annotations

import numpy as np

from effbench.stats.confidence import Floats, Integers, log_softmax


def negative_log_likelihood(logits: Floats, labels: Integers, temperature: float = 1.0) -> float:
    """Mean of -ln p(true class); logits are (n, classes)."""
    logs = log_softmax(logits / temperature)
    return float(-logs[np.arange(len(labels)), labels].mean())
