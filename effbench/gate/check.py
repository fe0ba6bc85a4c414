"""The exact tier of the gate: compare models with the committed snapshot, or record a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from effbench.counting.operations import LIBRARIES
from effbench.errors import CodeRefused, EffbenchError, UnknownName
from effbench.files.locks import alone
from effbench.gate import snapshot
from effbench.gate.census import Found, take
from effbench.gate.exact import Difference, differences
from effbench.gate.snapshot import Entry, Snapshot
from effbench.models.plugins import named_in
from effbench.models.registry import named_models, resolve
from effbench.processes.environment import libraries

EQUAL, DIFFERS, NEW, VANISHED, FAILED, UNCHECKED = "equal", "differs", "new", "vanished", "fails", "not checked"
DIFFERENT = (DIFFERS, NEW, VANISHED, FAILED)
"""Verdicts on a model that fail the gate."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found of a model.

    Attributes:
        verdict: EQUAL and its like. reason: in words.
        quantity, part, before, after, change, where: of what differs, as in ``exact.Difference``.
    """

    model: str
    verdict: str
    quantity: str | None = None
    part: str | None = None
    before: int | None = None
    after: int | None = None
    change: str | None = None
    where: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a comparison came to.

    Attributes:
        rows: of each model one with its ``verdict``; one for each quantity where it differs.
        notes: what a reader must know to judge them.
    """

    rows: list[Finding]
    notes: list[str]

    def models(self, *verdicts: str) -> list[str]:
        """Names with one of the verdicts."""
        return list(dict.fromkeys(row.model for row in self.rows if row.verdict in verdicts))


def check(path: Path, names: Sequence[str] = ()) -> Outcome:
    """Compare the named models, by default all of the snapshot, with the snapshot in that file.

    Raises:
        EffbenchError: no snapshot can be read; a named model is neither known nor in it.
    """
    before = snapshot.read(path)
    known = before.entries if names else None
    with named_in(path):
        asked, lost = _existing(names or _subjects(before), known)
    return _compared(before, take(asked), lost)


def accept(path: Path, names: Sequence[str] = ()) -> Outcome:
    """Record the named models, by default all of the snapshot, and return what differs from before.

    Raises:
        EffbenchError: a model is unknown, fails, or needs a library that is missing; the file is then as it was.
    """
    before = _recorded(path, names)
    with named_in(path):
        asked, lost = _existing(names or _subjects(before), {} if names else None)
    here = _libraries()
    if names:
        _require_same_libraries(path, before, here)
    found = take(asked)
    reasons = {row.model: row.reason for row in lost if row.verdict == FAILED}
    reasons |= {name: one.failed or one.unchecked for name, one in found.items() if one.failed or one.unchecked}
    for name, reason in reasons.items():
        raise EffbenchError(f"{name} cannot be recorded, and nothing was: {reason}")
    with alone(path):
        now = _recorded(path, names)  # others may have accepted theirs while we counted
        kept = {name: entry for name, entry in now.entries.items() if names or name not in before.entries}
        if kept:
            _require_same_libraries(path, now, here)
        entries = {**kept, **{name: one.entry for name, one in found.items()}}
        snapshot.write(path, Snapshot(entries=entries, whole_registry=now.whole_registry, libraries=here))
    return _compared(now, found, lost)


def _recorded(path: Path, names: Sequence[str]) -> Snapshot:
    """What is on file; a new file is about the named models alone, or about all."""
    return snapshot.read(path) if path.exists() else Snapshot(entries={}, whole_registry=not names, libraries={})


def _require_same_libraries(path: Path, recorded: Snapshot, here: Mapping[str, str | None]) -> None:
    if recorded.entries and recorded.libraries != here:
        raise EffbenchError(
            f"{path} was recorded with {_versions(recorded.libraries)}, here is {_versions(here)}; accept all at once"
        )


def _subjects(before: Snapshot) -> list[str]:
    """Every model the snapshot is about, those that are not in it yet included."""
    return list(dict.fromkeys((*(named_models() if before.whole_registry else ()), *before.entries)))


def _existing(names: Sequence[str], known: Mapping[str, Entry] | None) -> tuple[list[str], list[Finding]]:
    """(names that are models; a row for each that is none any more, or cannot be read).

    Raises:
        EffbenchError: one of the latter is not in ``known`` (None: every name may be lost).
    """
    asked, lost = [], []
    for name in dict.fromkeys(names):
        try:
            resolve(name)
            asked.append(name)
        except CodeRefused:
            raise
        except EffbenchError as error:
            if known is not None and name not in known:
                raise
            verdict = VANISHED if isinstance(error, UnknownName) else FAILED
            lost.append(Finding(model=name, verdict=verdict, reason=str(error)))
    return asked, lost


def _compared(before: Snapshot, found: Mapping[str, Found], lost: Sequence[Finding]) -> Outcome:
    elsewhere = _elsewhere(before)
    rows = [*(row for name, one in found.items() for row in _rows(name, one, before, elsewhere)), *lost]
    compared = any(one.entry.network is not None and name in before.entries for name, one in found.items())
    return Outcome(rows, [f"{elsewhere[0].upper()}{elsewhere[1:]}."] if elsewhere and compared else [])


def _rows(name: str, found: Found, before: Snapshot, elsewhere: str) -> list[Finding]:
    """One model: every difference, that there is none, or why nobody knows."""
    known = before.entries.get(name)
    if found.failed:
        return [Finding(model=name, verdict=FAILED, reason=found.failed)]
    if known is None:
        return [Finding(model=name, verdict=NEW, reason="not in the snapshot")]
    network, by_formula = not found.unchecked, found.entry.formula is not None
    changed = differences(known, found.entry, network=network, operators=not elsewhere)
    rows = [_differs(name, one) for one in changed]
    if not changed and (network or by_formula):
        part, reason = ("", elsewhere) if network else ("formula", "")
        rows = [Finding(model=name, verdict=EQUAL, part=part, reason=reason)]
    if not network:
        part = "network" if by_formula else ""
        rows.append(Finding(model=name, verdict=UNCHECKED, part=part, reason=found.unchecked))
    return rows


def _elsewhere(before: Snapshot) -> str:
    """Why operators cannot be compared, empty if they can: other versions run the same network by other operators."""
    here = _libraries()
    moved = [
        f"{name} {then}, here is {here[name]}"
        for name, then in before.libraries.items()
        if then is not None and here.get(name) not in (None, then)
    ]
    return f"operators are not compared: recorded with {'; '.join(moved)}" if moved else ""


def _differs(model: str, one: Difference) -> Finding:
    return Finding(
        model=model,
        verdict=DIFFERS,
        quantity=one.quantity,
        part=one.part,
        before=one.before,
        after=one.after,
        change=one.change,
        where=one.where,
    )


def _libraries() -> dict[str, str | None]:
    """Versions of what networks are made of; a build for another accelerator (``+cu130``) counts the same."""
    every = libraries()
    return {name: None if every[name] is None else str(every[name]).partition("+")[0] for name in LIBRARIES}


def _versions(found: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items() if version)
