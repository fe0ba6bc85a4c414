"""The folder of a run: its files, of which the result is written last; one process at a time writes them. No torch."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.errors import EffbenchError, InUse, SpecError, UnknownName
from effbench.files import locks
from effbench.files.atomic import make_folder, write_files
from effbench.files.document import parsed
from effbench.render.plain import Plain
from effbench.training.loop.choice import FILE as PRECISION
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.recipe import Recipe
from effbench.training.table import dotted

if TYPE_CHECKING:
    from numpy import generic
    from numpy.typing import NDArray

RECIPE, LOG, CHECKPOINT, WEIGHTS, RESULT = "recipe.json", "log.csv", "checkpoint.pt", "weights.pt", "result.json"
PARTS = ("calibration", "test")
"""Of the data set, whose predictions are kept."""

FILES = (PRECISION, RECIPE, LOG, CHECKPOINT, WEIGHTS, RESULT, *(f"{part}.npz" for part in PARTS))

LOCK = ".lock"
"""In the folder while a process trains in it."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder and keep other processes from training in it; what a kill left half-written is removed.

    Raises:
        EffbenchError: it cannot be made. InUse: another process trains in it.
    """
    make_folder(folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(locks.hold(folder / LOCK, wait=False))
        except InUse:
            raise InUse(f"another process trains in {folder}") from None
        for name in FILES:
            for left in folder.glob(f".{name}.*"):
                left.unlink()
        yield


def busy(folder: Path) -> bool:
    """Whether a process trains in the folder."""
    return locks.is_held(folder / LOCK)


def tidy(folder: Path) -> None:
    """Remove what a run that was killed between its result and its end left: its checkpoint and its lock."""
    if any((folder / name).exists() for name in (CHECKPOINT, LOCK)):
        with suppress(InUse), held(folder):
            (folder / CHECKPOINT).unlink(missing_ok=True)


def clear(folder: Path) -> None:
    """Remove the files that a failed run left, so that the next one starts again."""
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()


def stored_result(folder: Path) -> Outcome | None:
    """The outcome in the folder; None if there is none.

    Raises:
        EffbenchError: a result that cannot be read.
    """
    path = folder / RESULT
    try:
        return Outcome.from_entry(parsed(path.read_bytes()))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EffbenchError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, SpecError, UnknownName):
        raise EffbenchError(f"{path} is no result of a training; remove it to train again") from None


def result_of(folder: Path, recipe: Recipe, seed: int) -> Outcome | None:
    """The outcome of this recipe and seed in the folder; None if there is none.

    Raises:
        EffbenchError: the result is that of another run.
    """
    found, path = stored_result(folder), folder / RESULT
    if found is not None and found.key != recipe.key(seed):
        require_same(path, {**found.recipe, "seed": found.seed}, recipe.identity(seed))
        raise EffbenchError(f"{path} has the key {found.key}, not that of its recipe; remove it to train again")
    return found


def require_same(path: Path, there: Mapping[str, Plain], here: Mapping[str, Plain]) -> None:
    """Raise EffbenchError, naming what differs, unless two identities of runs are equal."""
    a, b = dict(dotted(there)), dict(dotted(here))
    found = [f"{key} is {a.get(key)} there, {b.get(key)} here" for key in {**a, **b} if a.get(key) != b.get(key)]
    if found:
        raise EffbenchError(f"{path} is of another run: {'; '.join(found)}. Give another folder, or remove it")


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Readable JSON, whole or not at all."""
    write_files({path: (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()})


def write_arrays(path: Path, arrays: Mapping[str, NDArray[generic]]) -> None:
    """Plain arrays as ``.npz``, whole or not at all."""
    import numpy as np

    stream = io.BytesIO()
    np.savez(stream, **arrays)
    write_files({path: stream.getvalue()})


def predictions_of(folder: Path, part: str) -> Path:
    """The file with the predictions on one of PARTS."""
    return folder / f"{part}.npz"
