"""One network counted: in this process, or in one of its own that is asked by name."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError, MissingExtra
from effbench.gate.snapshot import Tally, tally
from effbench.models.plugins import allow, is_allowed
from effbench.models.registry import resolve
from effbench.processes.process import Worker
from effbench.processes.serve import Answer

LIMIT = 300.0
"""Seconds for one network; the first one in a process imports torch."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """What the network of a model does in one forward pass of one image.

    Attributes:
        tally: its counts. operators: operator -> how often it ran. uncounted: those of them without a price.
    """

    tally: Tally
    operators: Mapping[str, int]
    uncounted: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class NotCounted:
    """Why there is no count.

    Attributes:
        kind: ``missing`` (a library is not installed), ``model`` (its code raised), or what became of the process.
        reason: in one line.
    """

    kind: str
    reason: str


def count_network(name: str) -> Network | NotCounted:
    """The network of that model, on the meta device."""
    try:
        found = counted_network(resolve(name))
    except MissingExtra as error:
        return NotCounted(kind="missing", reason=str(error))
    except EffbenchError as error:
        return NotCounted(kind="model", reason=str(error))
    return Network(tally=tally(found.forward), operators=found.operators, uncounted=found.unpriced())


def count_in(worker: Worker, name: str) -> Network | NotCounted:
    """``count_network`` in the process of a worker, which ``our_worker("gate.counter")`` opens.

    Raises:
        WorkerFailed: the process ended, or does not answer in time.
    """
    answer = worker.ask({"model": name, "code": is_allowed(name)}, LIMIT)
    if "reason" in answer:
        return NotCounted(**answer)
    counts = Tally(modules=answer["modules"], digest=answer["digest"])
    return Network(tally=counts, operators=answer["operators"], uncounted=answer["uncounted"])


def main(serve: Callable[[Answer], None]) -> None:
    """Answer by a count: ``model``, and ``code``: whether it may be a file."""
    gc.disable()  # networks on the meta device hold no memory, and looking for them takes a fifth of the time
    serve(_answer)


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    if request["code"]:
        allow(request["model"])
    found = count_network(request["model"])
    if isinstance(found, NotCounted):
        return asdict(found)
    return {**asdict(found.tally), "operators": found.operators, "uncounted": found.uncounted}
