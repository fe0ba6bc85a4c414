"""Which process of a training this one is, by the variables that ``torchrun`` and ``loop.launch`` set. No torch.

Shells of MPI and Slurm, and jobs of other programs, hold some of these variables too: only all of them together, and
fitting each other, make this process one of several.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from effbench.errors import EffbenchError
from effbench.files.terminal import say

STORE = "EFFBENCH_STORE"
"""Where ``loop.launch`` holds the store in which processes find each other, HOST:PORT; torchrun has its own."""

OURS = ("RANK", "WORLD_SIZE", STORE)
TORCHRUN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
PLACE = ("RANK", "WORLD_SIZE")
"""What says that somebody meant this process to be one of several, if the rest is there too."""


class Rank(NamedTuple):
    """A process of a training.

    Attributes:
        rank: from 0; the first one writes files and speaks. world: how many there are, 2 or more.
        local: number on this machine, that of its GPU; None if nobody says.
    """

    rank: int
    world: int
    local: int | None


def rank_of(given: Mapping[str, str] | None = None) -> Rank | None:
    """The process that the environment (this one's by default) makes of us; None on its own.

    Raises:
        EffbenchError: the variables are all there and contradict each other.
    """
    found = os.environ if given is None else given
    if not (_has(found, OURS) or _has(found, TORCHRUN)):
        return None
    rank, world = (_number(found, name) for name in PLACE)
    local = _number(found, "LOCAL_RANK") if found.get("LOCAL_RANK") else None
    if rank >= world:
        raise EffbenchError(f"RANK={rank} and WORLD_SIZE={world} in the environment contradict each other: unset them")
    return Rank(rank, world, local) if world > 1 else None


def ignored(given: Mapping[str, str] | None = None) -> str:
    """What of the environment looks like a process of several and is not: a line for people; empty if nothing does."""
    found = os.environ if given is None else given
    stray = [name for name in PLACE if found.get(name)]
    if not stray or _has(found, OURS) or _has(found, TORCHRUN):
        return ""
    missing = ", ".join(name for name in TORCHRUN if not found.get(name))
    return f"{' and '.join(stray)} in the environment ignored: without {missing} this process is on its own"


def tell_ignored() -> None:
    """Say on standard error what of the environment is ``ignored``."""
    if line := ignored():
        say(f"effbench: {line}")


def _has(found: Mapping[str, str], names: tuple[str, ...]) -> bool:
    return all(found.get(name) for name in names)


def _number(found: Mapping[str, str], name: str) -> int:
    if not (found[name].isascii() and found[name].isdecimal()):
        raise EffbenchError(f"{name}={found[name]!r} in the environment is no whole number from 0: unset it")
    return int(found[name])
