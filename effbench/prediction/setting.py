"""The settings of machines for which timm publishes throughput, and what they may be called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from effbench.errors import EffbenchError, UnknownName

HERE = "here"
"""This machine."""


@dataclass(frozen=True)
class Setting:
    """One file of results. Attributes: name: the file's, without ``benchmark-`` and its ending."""

    name: str

    @property
    def words(self) -> frozenset[str]:
        """What it may be called by: parts of its name, a GPU with and without ``rtx``, and its defaults."""
        parts = set(self.name.split("-"))
        parts |= {part.removeprefix("rtx") for part in parts} | {f"rtx{part}" for part in parts if part.isdecimal()}
        parts |= {piece for part in parts if "_" in part for piece in part.split("_")}
        return frozenset(parts | ({"dynamo"} & parts or {"eager"}))

    @property
    def trains(self) -> bool:
        """Whether a step of training was timed, not of inference."""
        return self.name.startswith("train-")

    @property
    def rank(self) -> tuple[bool, bool, bool, int, bool]:
        """The greatest is meant by a short name: inference, eager, amp, the newest PyTorch, NCHW."""
        torch = re.search(r"pt(\d+)", self.name)
        words = self.words
        return (
            not self.trains,
            "dynamo" not in words,
            "amp" in words and "bf16" not in words,
            int(torch[1]) if torch else 0,
            "nchw" in words,
        )


def resolve(name: str, settings: Iterable[Setting]) -> Setting:
    """The setting of that name, or the one that a short name such as ``rtx3090`` or ``rtx4090-dynamo`` means.

    A short name is some of the words of a full one; of several settings that have them all, the eager one on the newest
    PyTorch is meant, and a training only if ``train`` is said.

    Raises:
        UnknownName: no setting has these words. EffbenchError: several machines have them.
    """
    known = list(settings)
    asked = set(name.lower().split("-"))
    found = [one for one in known if one.name == name] or [one for one in known if asked <= one.words]
    if not found:
        short = sorted({short_name(one, known) for one in known})
        raise UnknownName("machine", name, [*short, HERE], hint="(full names: effbench predict --machines)")
    meant = max(found, key=lambda one: one.rank)
    if any(one.rank == meant.rank and one is not meant for one in found):
        offered = ", ".join(short_name(one, known) for one in found if one.rank == meant.rank)
        raise EffbenchError(f"machine {name!r} means several: choose from {offered}")
    return meant


def short_name(setting: Setting, settings: Iterable[Setting]) -> str:
    """The shortest of the names made of its words' order that ``resolve`` gives it for; else its full name."""
    known = list(settings)
    parts = setting.name.split("-")
    device = next((part for part in reversed(parts) if part != "dynamo"), setting.name)
    extras = [[], *([word] for word in parts), *([a, b] for i, a in enumerate(parts) for b in parts[i + 1 :])]
    for extra in extras:
        words = [device, *(word for word in extra if word != device)]
        asked = {word.lower() for word in words}
        ranks = [one.rank for one in known if asked <= one.words]
        if asked <= setting.words and setting.rank == max(ranks) and ranks.count(setting.rank) == 1:
            return "-".join(words)
    return setting.name


def require_batch(batch: int | None, published: int, machine: str, model: str) -> None:
    """Raise EffbenchError for a batch other than the published one: how a machine's time grows with it is not known."""
    if batch is not None and batch != published:
        raise EffbenchError(
            f"{machine} was timed with {model} in batches of {published}: leave --batch out, or use --machine {HERE}"
        )
