"""A process that counts networks of timm by name, one after the other."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TypedDict

from effbench.cost.convention import conventions
from effbench.processes.process import Worker
from effbench.processes.serve import Answer

LIMIT = 300.0
"""Seconds for one network; the first one in a process imports torch."""

COLLECT_EVERY = 20
"""Networks between collections of garbage: looking for it after every allocation takes a fifth of the time."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about one network.

    Attributes:
        kinds: kind -> how many, parameters among them. totals: convention -> cost, in the convention's unit.
        activations: output elements of convolutions and matrix products.
        uncounted: operator without a price -> how often it ran.
        torch: multiply-accumulates of convolutions and of matrix products by FlopCounterMode; None if not asked.
        failed: why there is none of this; empty if there is.
    """

    kinds: Mapping[str, int] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    activations: int = 0
    uncounted: Mapping[str, int] = field(default_factory=dict)
    torch: tuple[int, int] | None = None
    failed: str = ""

    def plain(self) -> dict[str, object]:
        """As JSON holds it: the facts, or why there are none."""
        if self.failed:
            return {"failed": self.failed}
        return {name: value for name, value in vars(self).items() if name != "failed"}


def facts_from(entry: Mapping[str, object]) -> Facts:
    """The facts that ``Facts.plain`` gave to JSON; other names are passed over.

    Raises:
        KeyError, TypeError, ValueError: they are not facts.
    """
    if entry.get("failed"):
        return Facts(failed=str(entry["failed"]))
    torch = entry["torch"]
    return Facts(
        kinds=_numbers(entry["kinds"]),
        totals=_numbers(entry["totals"]),
        activations=int(str(entry["activations"])),
        uncounted=_numbers(entry["uncounted"]),
        torch=(int(torch[0]), int(torch[1])) if isinstance(torch, list) else None,
    )


def _numbers(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        raise TypeError("not a table of numbers")
    return {str(name): int(number) for name, number in value.items()}


def facts_in(worker: Worker, name: str, size: int | None, verify: bool) -> Facts:
    """``facts_of`` in the process of a worker, which ``our_worker("counting.atlas.worker")`` opens.

    Raises:
        WorkerFailed: the process ended, or does not answer in time.
    """
    return facts_from(worker.ask({"name": name, "size": size, "verify": verify}, LIMIT))


def facts_of(name: str, size: int | None = None, *, verify: bool = False) -> Facts:
    """Counts of the network of that name at an image size (None: its own); or ``failed``, why there are none.

    Args:
        verify: ask FlopCounterMode, too.
    """
    from effbench.counting.counters.dispatch import count as counted
    from effbench.counting.counters.outputs import look
    from effbench.counting.counters.unfilled import Unfilled
    from effbench.models.networks.timm_tags import network_and_image

    try:
        with Unfilled():
            network, image = network_and_image(name, size)
        found = counted(network, [image])
        seen = look(network, image, flops=verify)
    except Exception as error:  # anybody's network: any kind
        return Facts(failed=f"{type(error).__name__}: {(str(error) or '-').splitlines()[0][:160]}")
    return Facts(
        kinds={kind: int(n) for kind, n in sorted(found.forward.by_kind().items()) if n},
        totals={name: int(one.total(found.forward)) for name, one in conventions().items()},
        activations=seen.activations,
        uncounted=found.unpriced(),
        torch=seen.products,
    )


class Asked(TypedDict):
    """A request: of which network, at which size, and whether FlopCounterMode is asked, too."""

    name: str
    size: int | None
    verify: bool


def main(serve: Callable[[Answer], None]) -> None:
    """Answer by the facts of networks."""
    warnings.simplefilter("ignore")  # timm's about its own names
    gc.disable()
    asked = count(1)

    def answer(request: Asked) -> dict[str, object]:
        if next(asked) % COLLECT_EVERY == 0:
            gc.collect()
        return facts_of(**request).plain()

    serve(answer)
