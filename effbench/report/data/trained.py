"""Our own trainings, from committed stores of sweeps: accuracy over seeds, with operations for the page to price."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from effbench.counting.operations import operations
from effbench.errors import CodeRefused, EffbenchError
from effbench.models.plugins import named_in
from effbench.report.data.conventions import groups
from effbench.training.sweep.store import FILE, Stored, read, results

MACHINE = ("cpu", "cores", "accelerator", "system", "libraries", "commit", "dirty")


def trained_rows(root: Path) -> list[dict[str, Any]]:
    """One row per network, data set and recipe of ``reports/sweeps``, its seeds together, in the stores' order.

    Failed trainings count in ``failed``; a network of which every seed failed has no row.
    """
    rows = []
    for path in sorted((root / "reports" / "sweeps").glob(f"*/{FILE}")):
        found, _ = results(read(path))
        with named_in(path):
            rows += [_row(seeds, path.relative_to(root).as_posix()) for seeds in _recipes(list(found.values()))]
    return [row for row in rows if row["accuracies"]]


def _recipes(lines: Sequence[Stored]) -> list[list[Stored]]:
    """Lines that differ in their seed alone."""
    found: dict[str, list[Stored]] = {}
    for line in lines:
        found.setdefault(json.dumps(line.outcome.recipe, sort_keys=True), []).append(line)
    return list(found.values())


def _row(seeds: Sequence[Stored], file: str) -> dict[str, Any]:
    outcome, done = seeds[0].outcome, [line.outcome for line in seeds if line.outcome.status == "done"]
    size = int(outcome.recipe["data"]["size"])
    judged = [one.exits[-1] for one in done if one.exits]
    return {
        "model": outcome.model,
        "experiment": seeds[0].experiment,
        "cell": dict(seeds[0].cell),
        "dataset": str(outcome.recipe["data"]["name"]),
        "size": size,
        "accuracies": {str(one.seed): 100 * one.exits[-1].accuracy for one in done if one.exits},
        "images": judged[0].images if judged else None,
        "failed": len(seeds) - len(done),
        "groups": _groups(outcome.model, size),
        "file": file,
        "conditions": {name: outcome.conditions.get(name) for name in MACHINE},
    }


def _groups(model: str, size: int) -> list[Any]:
    """Empty for a network that the registry no longer has: its accuracy stands, its cost is not known."""
    try:
        return groups(operations(model, size).counts, labelled=False)
    except CodeRefused:
        raise
    except EffbenchError:
        return []
