"""What a fit learns from: networks that were timed, as columns and seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import log

from effbench.models.shipped import Network, shipped
from effbench.prediction.columns import values
from effbench.prediction.published import speeds_of
from effbench.prediction.setting import Setting


@dataclass(frozen=True, kw_only=True)
class Example:
    """A network that was timed.

    Attributes:
        values: of one image, a number a column. log_seconds: natural logarithm of its time per image.
        family: networks of one family are held out together. macs: multiply-accumulates of one image.
        network: the shipped one that it is, if it is one.
    """

    values: Sequence[float]
    log_seconds: float
    family: str
    macs: float
    network: Network | None = None


@cache
def examples(setting: Setting) -> tuple[Example, ...]:
    """Every network of a published setting with a count, in the order of the shipped list."""
    found = []
    for network in shipped().networks:
        speed = speeds_of(network).get(setting.name)
        if speed is not None:
            found.append(
                Example(
                    values=values(_terms(network), speed.batch),
                    log_seconds=-log(speed.rate),
                    family=network.family,
                    macs=network.macs,
                    network=network,
                )
            )
    return tuple(found)


_known: dict[int, dict[str, int]] = {}


def _terms(network: Network) -> dict[str, int]:
    """Parsed once for all settings."""
    if id(network) not in _known:
        _known[id(network)] = network.terms
    return _known[id(network)]
