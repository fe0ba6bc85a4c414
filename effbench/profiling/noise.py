"""Numbers that a busy machine made meaningless: they are called so, in every format, and not shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from effbench.processes.environment import Conditions, available_cores

WIDEST = 3.0
"""An interval this many times as wide as its number says nothing of the number."""

SAID = "too noisy to report"

BUSY = 0.75
"""Processes ready to run for each core from which on a machine is busy with something else."""


def too_wide(value: float, low: float, high: float) -> bool:
    """Whether the interval is wider than WIDEST times the value."""
    return high - low > WIDEST * value


def is_busy(under: Conditions) -> bool:
    """Whether the machine had other work when a measurement began; False where the system does not say."""
    return under.load is not None and under.load > BUSY * (under.cores or available_cores())


def reported(row: Mapping[str, Any], load: float | None = None) -> dict[str, Any]:
    """A row of numbers with ``…_low`` and ``…_high`` beside them, without those that are too noisy.

    ``noisy`` names these, and ``noise`` says their intervals; a row without any is as it was.

    Args:
        load: of the machine, where it was measured.
    """
    found = dict(row)
    ends = {key: row[key] for key in row if key.endswith("_low") and row[key] is not None}
    noisy = {}
    for key, low in ends.items():
        start = key.removesuffix("_low")
        name, high = start if start in row else f"{start}_ratio", row[f"{start}_high"]
        if too_wide(row[name], low, high):
            noisy[name] = f"{name} from {low:.4g} to {high:.4g}"
            found |= {name: None, key: None, f"{start}_high": None}
    if noisy:
        below = {key: None for key in row if key.startswith("latency_p") and "latency" in noisy}
        at = f", at load {load}" if load is not None else ""
        found |= {**below, "noisy": list(noisy), "noise": f"{SAID}: {'; '.join(noisy.values())}{at}"}
    return found
