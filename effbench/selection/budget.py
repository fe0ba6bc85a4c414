"""Budgets of cost and time, as users write them: ``5G``, ``200MB``, ``1000/s``, ``20ms``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Protocol

from effbench.errors import SpecError

PREFIXES = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
MEMORY = {"B": 1.0, **{f"{p}B": 1000.0**i for i, p in enumerate(("k", "M", "G"), 1)}} | {
    f"{p}iB": 1024.0**i for i, p in enumerate(("K", "M", "G"), 1)
}
TIME = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}


def quantity(text: str, units: dict[str, float], example: str) -> float:
    """A positive number with one of these units.

    Raises:
        SpecError: it is not one.
    """
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*([^\s0-9]*)\s*", text)
    if found is None or found[2] not in units or not 0 < float(found[1]) * units[found[2]] < inf:
        raise SpecError(f"{text[:40]!r} is not a budget: write a number such as {example}")
    return float(found[1]) * units[found[2]]


def amount(text: str) -> float:
    """``5G`` -> 5e9."""
    return quantity(text, PREFIXES, "5G, 30M or 1200000")


def memory(text: str) -> float:
    """``200MB`` -> 2e8 bytes."""
    return quantity(text, MEMORY, "200MB or 190MiB")


def rate(text: str) -> float:
    """``1000/s`` -> 1000 images per second."""
    return quantity(text.removesuffix("/s"), PREFIXES, "1000/s or 1.5k/s")


def duration(text: str) -> float:
    """``20ms`` -> 0.02 seconds."""
    return quantity(text, TIME, "20ms or 0.02s")


class Costs(Protocol):
    """What a budget is held against."""

    @property
    def macs(self) -> float: ...
    @property
    def params(self) -> float: ...
    @property
    def memory(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a network may cost at most, and do at least; None is no limit.

    Attributes:
        macs: multiply-accumulates of one image. params: parameters. memory: bytes of its weights in fp32.
        throughput: images per second at least. latency: seconds of a step with one image.
        top1: share at least.
    """

    macs: float | None = None
    params: float | None = None
    memory: float | None = None
    throughput: float | None = None
    latency: float | None = None
    top1: float | None = None

    @property
    def asks_for_time(self) -> bool:
        """Whether a machine must be known."""
        return self.throughput is not None or self.latency is not None

    @property
    def seconds(self) -> float:
        """Of one image at most; infinite without a budget of time."""
        rate = inf if not self.throughput else 1 / self.throughput
        return min(rate, inf if self.latency is None else self.latency)

    def looser(self, times: float) -> Budget:
        """The same with so many times as much time."""
        throughput = None if self.throughput is None else self.throughput / times
        return replace(self, throughput=throughput, latency=None if self.latency is None else self.latency * times)

    def excess(self, costs: Costs, rates: Iterable[float] = ()) -> float:
        """How far the worst of its costs and images per second misses the budget, a ratio; at most 1: it meets it."""
        held = [(costs.macs, self.macs), (costs.params, self.params), (costs.memory, self.memory)]
        return max(self.slowness(rates), *_ratios(held))

    def slowness(self, rates: Iterable[float]) -> float:
        """The same of images per second alone, each that is known; a latency is that of one image."""
        most = [limit for limit in (self.throughput, self.latency and 1 / self.latency) if limit is not None]
        return max([0.0, *(limit / rate for limit in most for rate in rates)])


def _ratios(pairs: Iterable[tuple[float, float | None]]) -> Iterator[float]:
    yield 0.0
    yield from (value / limit for value, limit in pairs if limit is not None)
