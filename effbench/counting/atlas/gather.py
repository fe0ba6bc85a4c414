"""Facts of many networks: each distinct one counted once, in parallel processes, kept in a journal as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

from effbench.counting.atlas.worker import Facts, facts_from, facts_in
from effbench.errors import MissingExtra
from effbench.files import journal
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


def is_known(name: str) -> bool:
    """Whether timm has a model of that name."""
    return bool(_timm_tags().is_known(name))


def gather(
    models: Sequence[Wanted], *, jobs: int, verify: bool, path: Path | None, tell: Tell = lambda left, what: None
) -> dict[str, Facts]:
    """Key -> facts of its network.

    Args:
        jobs: processes. verify: ask PyTorch's counter, too. path: of the journal, whose facts of the same versions are
            taken as they are; None keeps nothing.

    Raises:
        EffbenchError: the journal cannot be read or written.
    """
    found = {} if path is None else _kept(path, verify)
    first: dict[str, Wanted] = {}
    for one in models:
        first.setdefault(one.key, one)
    todo = [[one] for key, one in first.items() if key not in found]
    ask = partial(_ask, verify=verify)
    for one, answer in shared_out(todo, open_worker, ask, processes=jobs, tell=lambda left, one: tell(left, one.name)):
        facts = Facts(failed=f"{answer.kind}: {answer}") if isinstance(answer, WorkerFailed) else answer
        found[one.key] = facts
        if path is not None:
            journal.append(path, {"key": one.key, "versions": versions(), **facts.plain()})
    return {one.key: found[one.key] for one in models}


def open_worker() -> Worker:
    """A process that counts."""
    return our_worker("counting.atlas.worker")


def _ask(worker: Worker, one: Wanted, verify: bool) -> Facts:
    return facts_in(worker, one.name, one.size, verify)


def versions() -> dict[str, str | None]:
    """Of what the facts hold for."""
    every = libraries()
    return {name: every[name] for name in VERSIONS}


def _kept(path: Path, verify: bool) -> dict[str, Facts]:
    """Facts of earlier runs with these versions; without PyTorch's count they do not serve one that verifies."""
    kept: dict[str, Facts] = {}
    for entry in journal.read(path):
        if entry.get("versions") != versions():
            continue
        with suppress(KeyError, TypeError, ValueError):  # a line that someone changed: counted again
            facts = facts_from(entry)
            if facts.failed or facts.torch or not verify:
                kept[entry["key"]] = facts
    return kept


def _timm_tags() -> ModuleType:
    try:
        from effbench.models.networks import timm_tags
    except ImportError as error:
        raise MissingExtra("effbench atlas", error.name or "timm", "measure") from None
    return timm_tags
