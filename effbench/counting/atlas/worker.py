"""A process that counts networks of timm by name, one after the other."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, TypedDict

from effbench.cost.convention import conventions
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import MAC_KINDS
from effbench.models.shipped import TORCHVISION
from effbench.processes.process import Worker
from effbench.processes.serve import Answer

if TYPE_CHECKING:
    from torch import Tensor, nn

LIMIT = 300.0
"""Seconds for one network; the first one in a process imports torch."""

ASKED = ("parts", "terms", "apart")
"""Facts that are gathered for those who ask."""

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
        parts: module path -> kind -> how many, paths that no convention tells apart under the shortest of them; empty
            if not asked. terms: term of time -> how many (``cost.launches``); empty if not asked.
        apart: parameters and multiply-accumulates of the classifier and parameters of batch norms (APART); none if not
            asked.
        failed: why there is none of this; empty if there is.
    """

    kinds: Mapping[str, int] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    activations: int = 0
    uncounted: Mapping[str, int] = field(default_factory=dict)
    torch: tuple[int, int] | None = None
    parts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    terms: Mapping[str, int] = field(default_factory=dict)
    apart: Mapping[str, int] = field(default_factory=dict)
    failed: str = ""

    def plain(self) -> dict[str, object]:
        """As JSON holds it: the facts, or why there are none."""
        if self.failed:
            return {"failed": self.failed}
        return {name: value for name, value in vars(self).items() if name != "failed" and (value or name not in ASKED)}


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
        parts={str(path): _numbers(kinds) for path, kinds in _table(entry.get("parts", {})).items()},
        terms=_numbers(entry.get("terms", {})),
        apart=_numbers(entry.get("apart", {})),
    )


def _numbers(value: object) -> dict[str, int]:
    return {str(name): int(str(number)) for name, number in _table(value).items()}


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not a table")
    return value


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked beside the counts.

    Attributes:
        verify: FlopCounterMode, too. time: parts, terms of time, and what stands apart.
    """

    verify: bool = False
    time: bool = False

    def answered(self, facts: Facts) -> bool:
        """Whether these facts say it all."""
        return bool(facts.failed) or not ((self.verify and not facts.torch) or (self.time and not facts.terms))


def facts_in(worker: Worker, name: str, size: int | None, asked: Asked) -> Facts:
    """``facts_of`` in the process of a worker, which ``our_worker("counting.atlas.worker")`` opens.

    Raises:
        WorkerFailed: the process ended, or does not answer in time.
    """
    return facts_from(worker.ask({"name": name, "size": size, **vars(asked)}, LIMIT))


def facts_of(name: str, size: int | None = None, *, verify: bool = False, time: bool = False) -> Facts:
    """Counts of the network of that name at an image size (None: its own); or ``failed``, why there are none.

    Args:
        verify: ask FlopCounterMode, too. time: also gather parts, terms of time and what stands apart.
    """
    from effbench.counting.counters.dispatch import count as counted
    from effbench.counting.counters.launches import network_terms
    from effbench.counting.counters.outputs import look
    from effbench.counting.counters.unfilled import Unfilled

    try:
        with Unfilled():
            network, image, head = _built(name, size)
        found = counted(network, [image])
        seen = look(network, image, flops=verify)
        terms = network_terms(network, image.shape[2:], image.shape[1]) if time else {}
    except Exception as error:  # anybody's network: any kind
        return Facts(failed=f"{type(error).__name__}: {(str(error) or '-').splitlines()[0][:160]}")
    return Facts(
        kinds={kind: int(n) for kind, n in sorted(found.forward.by_kind().items()) if n},
        totals={name: int(one.total(found.forward)) for name, one in conventions().items()},
        activations=seen.activations,
        uncounted=found.unpriced(),
        torch=seen.products,
        parts=parts_of(found.forward) if time else {},
        terms=terms,
        apart=_apart(network, found.forward, head) if time else {},
    )


def _built(name: str, size: int | None) -> tuple[nn.Module, Tensor, tuple[str, ...]]:
    """The network, an image, and paths of its classifier."""
    from effbench.models.networks import timm_tags

    if not name.startswith(TORCHVISION):
        network, image = timm_tags.network_and_image(name, size)
        return network, image, timm_tags.classifier(network)
    from effbench.models.networks import torchvision_names

    network, image = torchvision_names.network_and_image(name, size)
    return network, image, tuple(filter(None, [torchvision_names.classifier(network)]))


def _apart(network: nn.Module, counts: OpCounts, head: tuple[str, ...]) -> dict[str, int]:
    def in_head(path: str) -> bool:
        return any(path == part or path.startswith(f"{part}.") for part in head)

    norms = {path for path, kind in counts.items if kind == "batch_norm_elem"}
    weights = [(path, p.numel()) for path, p in network.named_parameters()]
    return {
        "head_param": sum(n for path, n in weights if in_head(path)),
        "head_mac": sum(int(n) for (path, kind), n in counts.items.items() if kind in MAC_KINDS and in_head(path)),
        "norm_param": sum(n for path, n in weights if path.rpartition(".")[0] in norms),
    }


def parts_of(counts: OpCounts) -> dict[str, dict[str, int]]:
    """The counts with every module under the shortest path that all conventions see alike: each total stays the same.

    Source of the paths that differ: ``include`` and ``exclude`` of ``cost/conventions.toml``.
    """
    seen = {path: tuple(one.sees(path) for one in conventions().values()) for path, _ in counts.items}
    shortest: dict[tuple[bool, ...], str] = {}
    for path, views in seen.items():
        shortest[views] = min(shortest.get(views, path), path, key=lambda name: (len(name), name))
    parts: dict[str, dict[str, int]] = {}
    for (path, kind), n in counts.items.items():
        part = parts.setdefault(shortest[seen[path]], {})
        part[kind] = part.get(kind, 0) + int(n)
    return parts


class Request(TypedDict):
    """Of which network, at which size, and what is asked beside its counts (``Asked``)."""

    name: str
    size: int | None
    verify: bool
    time: bool


def main(serve: Callable[[Answer], None]) -> None:
    """Answer by the facts of networks."""
    warnings.simplefilter("ignore")  # timm's about its own names
    gc.disable()
    asked = count(1)

    def answer(request: Request) -> dict[str, object]:
        if next(asked) % COLLECT_EVERY == 0:
            gc.collect()
        return facts_of(**request).plain()

    serve(answer)
