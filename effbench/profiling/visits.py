"""What measured processes gave, kept line by line in a file, so that the same command goes on where it ended.

Lines are of three kinds. ``conditions``: under what the lines that name its ``id`` were measured. ``visit``: one
process with one network. ``set``: one process for each network of a comparison. A line counts for a command if its
``key`` is the command's: digest of the job, of how it is sampled, of the machine, of the libraries' versions and of the
code that makes and times the network. What the processes of a user's network imported is in the line (``imported``)
and must not have changed. The commit is recorded and not in the key: new documentation is no new network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from effbench.counting.operations import code_of
from effbench.errors import EffbenchError
from effbench.files import journal
from effbench.models.imported import unchanged
from effbench.processes import environment
from effbench.profiling.jobs import model_of
from effbench.profiling.network_worker import WORKER
from effbench.profiling.worker.job import Job
from effbench.stats.checked import times

SCHEMA = 1

KINDS = ("conditions", "visit", "set")

Entry = dict[str, Any]


class Visits:
    """Lines of the file, if there is one, and those of this run.

    Args:
        path: a file of an earlier run, or one that is made; None keeps nothing.
        command: what is run, for the reader of the file.

    Raises:
        EffbenchError: the file cannot be read or written, or is not one of ours.
    """

    def __init__(self, path: Path | None, command: str) -> None:
        self._path = path
        self._entries = _read(path) if path else []
        self.conditions = environment.conditions()
        lasting = {name: value for name, value in self.conditions.items() if name != "load"}
        self._id = _digest(lasting)
        if not any(entry["kind"] == "conditions" and entry["id"] == self._id for entry in self._entries):
            self.keep({"kind": "conditions", "schema": SCHEMA, "id": self._id, "command": command, **lasting})

    def key(self, subject: Any, jobs: Iterable[Job], plan: Mapping[str, Any]) -> str:
        """What must be equal for a line to count.

        Args:
            subject: what was measured, as the line has it. jobs: its networks. plan: how they are sampled.
        """
        code = [code_of(model_of(job)) for job in jobs] + [_worker_code()]
        machine, libraries = self.conditions["machine"], self.conditions["libraries"]
        return _digest([subject, plan, machine, libraries, code])

    def measured(self, key: str) -> list[Entry]:
        """Finished lines of that key, in order."""
        return [entry for entry in self._entries if self._counts(entry, key)]

    def others(self, key: str, subject: Any) -> int:
        """Finished lines about the same subject that do not count, because something else differs."""
        return sum(
            entry.get("subject") == subject and entry["status"] == "measured" and not self._counts(entry, key)
            for entry in self._entries
        )

    def _counts(self, entry: Entry, key: str) -> bool:
        """Whether the line is a finished one of that key, and what its networks imported is as it was."""
        if entry.get("key") != key or entry["status"] != "measured":
            return False
        return all(unchanged(one) for one in entry.get("imported", ()))

    def under(self, entry: Entry) -> Mapping[str, Any]:
        """The conditions of a line, with the load at its time."""
        found = next(
            line for line in self._entries if line["kind"] == "conditions" and line["id"] == entry["conditions"]
        )
        told = {name: value for name, value in found.items() if name not in ("kind", "schema", "id", "command")}
        return {**told, "load": entry["load"]}

    def stamped(self, entry: Mapping[str, Any]) -> Entry:
        """A line with the conditions of now."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        return {**entry, "conditions": self._id, "load": environment.load(), "ended": when}

    def keep(self, entry: Entry) -> None:
        """Add a stamped line, on disk if there is a file.

        Raises:
            EffbenchError: it could not be written; it counts for this run all the same.
        """
        self._entries.append(entry)
        if self._path:
            journal.append(self._path, entry)


def imports(worker: Any, job: Job, limit: float) -> list[Any]:
    """What a worker's process imported for a user's network; asked in the end, when everything is imported."""
    return [] if model_of(job).is_ours else [worker.ask({"do": "imported"}, limit)]


def _read(path: Path) -> list[Entry]:
    if path.exists() and not path.is_file():
        raise EffbenchError(f"cannot keep results in {path}: not a file")
    entries = journal.read(path)
    for number, entry in enumerate(entries, start=1):
        if entry.get("kind") not in KINDS:
            raise EffbenchError(f"{path}, line {number} is no measurement of effbench profile")
        if entry.get("status") == "measured":
            _check_times(entry, f"{path}, line {number}")
    return entries


def _check_times(entry: Entry, where: str) -> None:
    """Raise EffbenchError, naming it, for a time that no clock gives. A step may be shorter than a clock sees."""
    try:
        turns = [entry["samples"]] if entry["kind"] == "visit" else [t for one in entry["rounds"] for t in one.values()]
        clocks = [(clock, steps) for turn in turns for clock, steps in turn.items()]
    except (AttributeError, KeyError, TypeError):
        raise EffbenchError(f"{where} is no measurement of effbench profile") from None
    for clock, steps in clocks:
        if not isinstance(steps, list):
            raise EffbenchError(f"{where} is no measurement of effbench profile")
        times([step for step in steps if step != 0], f"{where}, {clock} clock")


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _worker_code() -> str:
    digest = hashlib.sha256()
    for path in sorted(WORKER.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
