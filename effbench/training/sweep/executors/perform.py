"""A job done in this process: what a worker of a cluster runs. Imports what trains when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, InUse

TRIAL = "effbench.training.loop.trial:run"
"""Module and function that trains what a job asks for."""


def perform(program: str, job: Mapping[str, Any]) -> Any:
    """The answer to a job, as ``work.answered`` reads it."""
    module, _, name = program.partition(":")
    try:
        found = getattr(import_module(module), name)(job)
    except EffbenchError as error:
        return {"error": str(error), "again": isinstance(error, InUse)}
    return [outcome.as_entry() for outcome in found] if isinstance(found, list) else found.as_entry()


def folders_of(job: Mapping[str, Any]) -> list[Path]:
    """The runs' folders of a job."""
    return [Path(name) for name in job.get("folders") or [job["folder"]]]
