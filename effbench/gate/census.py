"""Exact facts of many models at once: formulas here, networks counted on every core, nothing from a cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from effbench.cost.counts import OpCounts
from effbench.cost.kinds import PARAM
from effbench.cost.memory import parameter_bytes, peak_activation_bytes
from effbench.cost.traffic import traffic
from effbench.errors import first_line
from effbench.gate.counter import Network, NotCounted, count_in, count_network
from effbench.gate.snapshot import Entry, Tally, tally
from effbench.models.registry import Model, resolve
from effbench.processes.environment import available_cores
from effbench.processes.pool import shared_out
from effbench.processes.process import WorkerFailed, our_worker
from effbench.render.progress import Progress

FEW = 6
"""So many networks are counted in this process: another one would first have to import torch."""

MOST_PROCESSES = 4
"""Each imports torch and timm, which takes as long as counting fifty networks, and some hundred megabytes."""

BATCH = 8
"""Models of one family that one process takes at once: what a family alone imports is imported in few processes."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found out about one model.

    Attributes:
        entry: the facts, without those of the network if they could not be had.
        unchecked: why the network was not counted: a library is missing. Empty if it was, or there is none.
        failed: what the model's own code raised. Empty if nothing.
    """

    entry: Entry
    unchecked: str = ""
    failed: str = ""


def take(names: Sequence[str]) -> dict[str, Found]:
    """The facts of each model at its own size.

    Raises:
        EffbenchError: a name that does not resolve.
    """
    models = {name: resolve(name) for name in names}
    built = {name: model for name, model in models.items() if model.entry.family.build is not None}
    if find_spec("torch") is None:
        networks: dict[str, Network | NotCounted] = dict.fromkeys(
            built, NotCounted(kind="missing", reason="torch is not installed")
        )
    else:
        networks = _counted(built)
    return {name: _found(model, networks.get(name)) for name, model in models.items()}


def _found(model: Model, network: Network | NotCounted | None) -> Found:
    try:
        formula, predicted = _by_formula(model)
    except Exception as error:  # a user's formula: any kind
        return Found(entry=Entry(size=model.spec.image_size), failed=f"the formula fails: {first_line(error)}")
    entry = Entry(size=model.spec.image_size, formula=formula, predicted=predicted)
    if isinstance(network, NotCounted):
        missing = network.kind == "missing"
        return Found(entry=entry, **{"unchecked" if missing else "failed": network.reason})
    if network is None:
        return Found(entry=entry)
    counted = {"parameters": parameter_bytes(OpCounts({("", PARAM): network.tally.kinds().get(PARAM, 0)}))}
    entry = replace(
        entry,
        network=network.tally,
        operators=network.operators,
        uncounted=network.uncounted,
        predicted=predicted or counted,
    )
    return Found(entry=entry)


def _by_formula(model: Model) -> tuple[Tally | None, dict[str, int]]:
    """Counts and predicted bytes; nothing where there is no formula."""
    if not model.has_formula:
        return None, {}
    counts = model.cost()
    predicted = {"parameters": parameter_bytes(counts)}
    if counts.live:
        predicted["peak_activations"] = peak_activation_bytes(counts)
    if counts.moved:
        predicted["traffic"] = sum(work.bytes for work in traffic(counts))
    return tally(counts), predicted


def _counted(models: Mapping[str, Model]) -> dict[str, Network | NotCounted]:
    """The networks, each distinct one counted once."""
    first: dict[Any, str] = {}
    same = {name: first.setdefault(_identity(name, model), name) for name, model in models.items()}
    distinct = {name: models[name] for name in first.values()}
    batches = _batches(distinct)
    processes = min(available_cores(), MOST_PROCESSES, len(batches))
    if processes < 2 or len(distinct) <= FEW:
        found = {name: count_network(name) for name in distinct}
    else:
        found = _in_processes(batches, processes)
    return {name: found[one] for name, one in same.items()}


def _identity(name: str, model: Model) -> Any:
    """Equal for two names of one network: what builds it and the specification are equal."""
    try:
        key = model.entry.family.build, model.spec
        hash(key)
    except TypeError:  # a user's specification may hold a list
        return name
    return key


def _batches(models: Mapping[str, Model]) -> list[list[str]]:
    """Names by family, those without formula first: they are the large ones."""
    families: dict[tuple[bool, str], list[str]] = {}
    for name, model in models.items():
        families.setdefault((model.has_formula, model.entry.family.name), []).append(name)
    return [
        names[i : i + BATCH]
        for _, names in sorted(families.items(), key=lambda item: item[0][0])
        for i in range(0, len(names), BATCH)
    ]


def _in_processes(batches: Sequence[Sequence[str]], processes: int) -> dict[str, Network | NotCounted]:
    """The networks counted by processes, each of which takes the next batch when it is through with one."""
    start = partial(our_worker, "gate.counter")
    with Progress() as told:
        answers = dict(shared_out(batches, start, count_in, processes=processes, tell=told))
    return {
        name: NotCounted(kind=found.kind, reason=str(found)) if isinstance(found, WorkerFailed) else found
        for name, found in answers.items()
    }
