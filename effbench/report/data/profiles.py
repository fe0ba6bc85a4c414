"""Committed profiles: latency, throughput and memory of each model that was measured alone, with its conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from effbench.files import journal
from effbench.files.typed import typed
from effbench.models.plugins import named_in
from effbench.processes.environment import joined
from effbench.profiling.measured import flat
from effbench.profiling.noise import reported
from effbench.profiling.rows import Row
from effbench.profiling.visits import Entry, conditions_of
from effbench.profiling.worker.job import Job

SETTINGS = ("model", "size", "batch", "device", "dtype", "mode", "task", "threads")
NUMBERS = ("latency", "latency_low", "latency_high", "throughput", "peak_predicted", "peak_memory")
STATE = ("processes", "samples", "steady", "peak_memory_reason")
CONDITIONS = ("cpu", "cores", "accelerator", "system", "libraries", "commit", "dirty", "load")

DIGITS = 6
"""Significant digits of a measured number: more than its interval can bear."""


def profile_rows(root: Path) -> list[dict[str, Any]]:
    """One row per network and setting of ``reports/profile``, in the files' order; comparisons are elsewhere.

    Those that are too noisy to report are left out: a page has no number of them.
    """
    found = []
    for path in sorted((root / "reports" / "profile").glob("*.jsonl")):
        entries = journal.read(path)
        with named_in(path):
            found += [_row(visits, entries, path.name) for visits in _by_key(entries)]
    return [row for row in found if row["latency"] is not None]


def _by_key(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Processes of one network and setting together."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.get("kind") == "visit" and entry["status"] == "measured":
            groups.setdefault(entry["key"], []).append(entry)
    return list(groups.values())


def _row(visits: list[Entry], entries: Sequence[Entry], file: str) -> dict[str, Any]:
    subject = dict(visits[0]["subject"])
    again = bool(subject.pop("again"))
    row = Row(job=typed(Job, subject, "subject"), wanted=len(visits), key=visits[0]["key"], again=again, visits=visits)
    values, told = reported(flat(row)), {entry["id"]: entry for entry in entries if entry.get("kind") == "conditions"}
    under = joined([conditions_of(visit, told.values()) for visit in visits]).flat()
    return {
        **{name: values[name] for name in (*SETTINGS, *STATE)},
        **{name: _rounded(values[name]) for name in NUMBERS},
        **{name: under[name] for name in CONDITIONS},
        "command": _command(told, visits),
        "file": f"reports/profile/{file}",
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


def _command(told: Mapping[str, Entry], visits: Sequence[Entry]) -> str:
    return str(told[visits[-1]["conditions"]]["command"])
