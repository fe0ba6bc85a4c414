"""Facts of many networks: each distinct one counted once, in parallel processes, kept in a journal as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

from effbench.counting.atlas.worker import Asked, Facts, facts_from, facts_in
from effbench.errors import MissingExtra
from effbench.files import journal
from effbench.models.shipped import TORCHVISION
from effbench.processes.environment import libraries
from effbench.processes.pool import shared_out
from effbench.processes.process import Worker, WorkerFailed, our_worker

VERSIONS = ("effbench", "torch", "timm")
"""What facts hold for."""

Tell = Callable[[int, str], None]
"""Is told how many networks are left, and which one comes next."""


@dataclass(frozen=True)
class Wanted:
    """A network to be counted. Attributes: name: in timm; size: image side, None for its own; key: of its build."""

    name: str
    size: int | None
    key: str


def wanted(name: str, size: int | None = None) -> Wanted:
    """The network of that name; its key is that of every other name with the same build.

    Raises:
        MissingExtra: timm is not installed.
    """
    if name.startswith(TORCHVISION):
        side = size or _torchvision_names().own_side(name)
        return Wanted(name, size, f"{name} 3x{side}x{side} {_torchvision_names().CLASSES} 0")
    build = _timm_tags().build_of(name, size)
    channels, height, width = build.input
    key = f"{build.architecture} {channels}x{height}x{width} {build.classes} {int(build.fixed)}"
    key += f" {build.tag}" if build.tag else ""
    return Wanted(name, size, key)


def names(patterns: Sequence[str]) -> list[str]:
    """Names of timm that match; all without patterns.

    Raises:
        UnknownName, SpecError: a pattern matches nothing. MissingExtra: timm is not installed.
    """
    found: list[str] = _timm_tags().names(patterns)
    return found


def current(name: str) -> str:
    """The name that timm has now for one that it has renamed; any other as it is."""
    return str(_timm_tags().current(name))


def family(architecture: str) -> str:
    """The module of timm that builds it; torchvision's are one."""
    return "torchvision" if architecture.startswith(TORCHVISION) else str(_timm_tags().family(architecture))


def torchvision_names() -> list[str]:
    """torchvision's classifiers.

    Raises:
        MissingExtra: torchvision is not installed.
    """
    return list(_torchvision_names().names())


def is_known(name: str) -> bool:
    """Whether timm has a model of that name."""
    return bool(_timm_tags().is_known(name))


def gather(
    models: Sequence[Wanted], *, jobs: int, asked: Asked, path: Path | None, tell: Tell = lambda left, what: None
) -> dict[str, Facts]:
    """Key -> facts of its network.

    Args:
        jobs: processes. asked: what is wanted beside the counts. path: of the journal, whose facts of the same versions
            are taken as they are; None keeps nothing.

    Raises:
        EffbenchError: the journal cannot be read or written.
    """
    found = {} if path is None else _kept(path, asked)
    first: dict[str, Wanted] = {}
    for one in models:
        first.setdefault(one.key, one)
    todo = [[one] for key, one in first.items() if key not in found]
    ask = partial(_ask, asked=asked)
    for one, answer in shared_out(todo, open_worker, ask, processes=jobs, tell=lambda left, one: tell(left, one.name)):
        facts = Facts(failed=f"{answer.kind}: {answer}") if isinstance(answer, WorkerFailed) else answer
        found[one.key] = facts
        if path is not None and not isinstance(answer, WorkerFailed):  # a busy machine is no fact of the network
            journal.append(path, {"key": one.key, "versions": versions(), **facts.plain()})
    return {one.key: found[one.key] for one in models}


def open_worker() -> Worker:
    """A process that counts."""
    return our_worker("counting.atlas.worker")


def _ask(worker: Worker, one: Wanted, asked: Asked) -> Facts:
    return facts_in(worker, one.name, one.size, asked)


def versions() -> dict[str, str | None]:
    """Of what the facts hold for."""
    every = libraries()
    return {name: every[name] for name in VERSIONS}


def _kept(path: Path, asked: Asked) -> dict[str, Facts]:
    """Facts of earlier runs with these versions that answer what is asked."""
    kept: dict[str, Facts] = {}
    for entry in journal.read(path):
        if entry.get("versions") != versions():
            continue
        with suppress(KeyError, TypeError, ValueError):  # a line that someone changed: counted again
            facts = facts_from(entry)
            if asked.answered(facts):
                kept[entry["key"]] = facts
    return kept


def _torchvision_names() -> ModuleType:
    try:
        from effbench.models.networks import torchvision_names
    except ImportError as error:
        raise MissingExtra("effbench atlas --ship", error.name or "torchvision", "measure") from None
    return torchvision_names


def _timm_tags() -> ModuleType:
    try:
        from effbench.models.networks import timm_tags
    except ImportError as error:
        raise MissingExtra("effbench atlas", error.name or "timm", "measure") from None
    return timm_tags
