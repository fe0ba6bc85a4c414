"""What the fit of a setting learns from: published speeds of networks with shipped counts, as vectors and seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import log

from effbench.models.shipped import Network, shipped
from effbench.prediction.columns import values
from effbench.prediction.published import speeds_of
from effbench.prediction.setting import Setting


@dataclass(frozen=True)
class Example:
    """A network that was timed.

    Attributes:
        network: with its counts. batch: images per step.
        values: of one image, a number a column. log_seconds: natural logarithm of its time per image.
    """

    network: Network
    batch: int
    values: Sequence[float]
    log_seconds: float


@cache
def examples(setting: Setting) -> tuple[Example, ...]:
    """Every network of the setting with a count, in the order of the shipped list."""
    found = []
    for network in shipped().networks:
        speed = speeds_of(network).get(setting.name)
        if speed is not None:
            vector = values(_terms(network), speed.batch)
            found.append(Example(network, speed.batch, vector, -log(speed.rate)))
    return tuple(found)


_known: dict[int, dict[str, int]] = {}


def _terms(network: Network) -> dict[str, int]:
    """Parsed once for all settings."""
    return _known.setdefault(id(network), network.terms)
