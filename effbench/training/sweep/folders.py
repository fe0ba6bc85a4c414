"""The folders of a sweep's runs, seen from outside: whether one is being trained in, and what it holds. No torch."""

from __future__ import annotations

import json
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files import locks
from effbench.training.loop.folder import LOCK
from effbench.training.loop.outcome import Outcome
from effbench.training.sweep.plan import Trial

TRIALS = "trials"
"""In the folder of a sweep: a folder per trial, called by its key."""

RESULT = "result.json"


def busy(folder: Path) -> bool:
    """Whether a process trains in the folder: it holds a lock (``training.loop.folder``) that ends with it."""
    return locks.is_held(folder / LOCK)


def result_in(folder: Path, trial: Trial) -> Outcome | None:
    """The result a finished run left in its folder; it is written at once, so it is whole or not there.

    Raises:
        EffbenchError: it is that of another training, or cannot be read.
    """
    path = folder / RESULT
    try:
        outcome = Outcome.from_entry(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise EffbenchError(f"{path} is no result of a training; remove it to train again") from None
    if outcome.key != trial.key:
        raise EffbenchError(f"{path} is the result of another training ({outcome.key}); remove it to train again")
    return outcome


def clear(folder: Path) -> None:
    """Remove what a failed run left, so that the next one starts anew."""
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
