"""The exact tier of the gate: models against the committed snapshot, and the snapshot made anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effbench.environment import libraries
from effbench.errors import EffbenchError
from effbench.gate import snapshot
from effbench.gate.census import Found, take
from effbench.gate.exact import differences
from effbench.gate.snapshot import Snapshot
from effbench.operations import LIBRARIES
from effbench.registry import named_models, resolve

Row = dict[str, Any]

EQUAL, DIFFERS, NEW, VANISHED, FAILED, UNCHECKED = "equal", "differs", "new", "vanished", "fails", "not checked"
DIFFERENT = (DIFFERS, NEW, VANISHED, FAILED)
"""Verdicts on a model that fail the gate."""


@dataclass(frozen=True)
class Outcome:
    """What a comparison came to.

    Attributes:
        rows: of each model one with its ``verdict``; one for each quantity where it differs.
        notes: what a reader must know to judge them.
    """

    rows: list[Row]
    notes: list[str]

    def models(self, *verdicts: str) -> list[str]:
        """Names with one of the verdicts."""
        return list(dict.fromkeys(row["model"] for row in self.rows if row["verdict"] in verdicts))


def check(path: Path, names: Sequence[str] = ()) -> Outcome:
    """The models, all the snapshot is about unless named, against the snapshot in that file.

    Raises:
        EffbenchError: no snapshot can be read; a named model is neither known nor in it.
    """
    before = snapshot.read(path)
    asked, vanished = _existing(names or _subjects(before), before if names else None)
    found = take(asked)
    return _compared(before, found, [name for name in vanished if name in before.entries])


def accept(path: Path, names: Sequence[str] = ()) -> Outcome:
    """Record the models, all the snapshot is about unless named, and tell what is different from before.

    Raises:
        EffbenchError: a model is unknown, fails, or needs a library that is missing; the file is then as it was.
    """
    before = snapshot.read(path) if path.exists() else Snapshot(entries={}, whole_registry=not names, libraries={})
    here = _libraries()
    if names and before.entries and before.libraries != here:
        raise EffbenchError(
            f"{path} was recorded with {_versions(before.libraries)}, here is {_versions(here)}: accept all"
        )
    asked, vanished = (list(names), []) if names else _existing(_subjects(before), None)
    found = take(asked)
    for name, one in found.items():
        if one.failed or one.unchecked:
            raise EffbenchError(f"{name} cannot be recorded: {one.failed or one.unchecked}")
    kept = before.entries if names else {}
    entries = {**kept, **{name: one.entry for name, one in found.items()}}
    outcome = _compared(before, found, [name for name in vanished if name in before.entries])
    snapshot.write(path, Snapshot(entries=entries, whole_registry=before.whole_registry, libraries=here))
    return outcome


def _subjects(before: Snapshot) -> list[str]:
    """Every model the snapshot is about, those that are not in it yet included."""
    return list(dict.fromkeys((*(named_models() if before.whole_registry else ()), *before.entries)))


def _existing(names: Sequence[str], known: Snapshot | None) -> tuple[list[str], list[str]]:
    """(names that are models, names that are none any more)."""
    asked, vanished = [], []
    for name in dict.fromkeys(names):
        try:
            resolve(name)
            asked.append(name)
        except EffbenchError:
            if known is not None and name not in known.entries:
                raise
            vanished.append(name)
    return asked, vanished


def _compared(before: Snapshot, found: Mapping[str, Found], vanished: Sequence[str]) -> Outcome:
    rows = [row for name, one in found.items() for row in _rows(name, one, before)]
    rows += [_row(name, VANISHED, reason="no model of that name") for name in vanished]
    here = _libraries()
    versions = [(name, before.libraries.get(name), here[name]) for name in LIBRARIES]
    notes = [
        f"Recorded with {name} {then}, here is {now}: what networks do may differ for that reason alone."
        for name, then, now in versions
        if then != now and then is not None and now is not None
    ]
    return Outcome(rows, notes)


def _rows(name: str, found: Found, before: Snapshot) -> list[Row]:
    """One model: every difference, that there is none, or why nobody knows."""
    known = before.entries.get(name)
    if found.failed:
        return [_row(name, FAILED, reason=found.failed)]
    if known is None:
        return [_row(name, NEW, reason="not in the snapshot")]
    network = not found.unchecked
    changed = differences(known, found.entry, network=network)
    rows = [_row(name, DIFFERS, **one.as_row()) for one in changed]
    if not network:
        part = "network" if found.entry.formula is not None else ""
        rows.append(_row(name, UNCHECKED, part=part, reason=found.unchecked))
    if network or found.entry.formula is not None:
        rows = rows if changed else [_row(name, EQUAL, part="" if network else "formula"), *rows]
    return rows


def _row(model: str, verdict: str, **more: Any) -> Row:
    empty = dict.fromkeys(("quantity", "part", "before", "after", "change", "where", "reason"))
    return {"model": model, "verdict": verdict, **empty, **more}


def _libraries() -> dict[str, str | None]:
    """Versions of what networks are made of; a build for another accelerator (``+cu130``) counts the same."""
    every = libraries()
    return {name: None if every[name] is None else str(every[name]).partition("+")[0] for name in LIBRARIES}


def _versions(found: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items() if version)
