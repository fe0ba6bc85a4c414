"""Files of predictions: read from .npz or .pt, without unpickling anything, and written as scores."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from effbench.early_exit.predictions import Predictions, predictions, scored
from effbench.errors import EffbenchError, MissingExtra, SpecError
from effbench.stats.scores import SCORES

if TYPE_CHECKING:
    import torch

SUFFIXES = (".npz", ".pt")
PREFIX = "score_"
"""How the names of arrays that hold scores begin."""


def load(path: Path) -> Predictions:
    """Predictions stored as arrays ``logits`` and ``labels``, or ``correct`` and ``score_NAME`` for each score.

    ``ids`` is optional: the names of the images.

    Args:
        path: ``.npz`` of NumPy, or ``.pt`` of torch: a dictionary of tensors, read with ``weights_only``.

    Raises:
        EffbenchError: no such file, another format, objects in it, or arrays that are not predictions.
    """
    if path.suffix not in SUFFIXES:
        raise EffbenchError(f"{path}: predictions are {' or '.join(SUFFIXES)} files")
    if not path.is_file():
        raise EffbenchError(f"{path}: no such file")
    arrays = _npz(path) if path.suffix == ".npz" else _pt(path)
    try:
        return _predictions(path, arrays)
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None


def _predictions(path: Path, arrays: Mapping[str, object]) -> Predictions:
    if "correct" in arrays and "labels" not in arrays:
        by_score = {name.removeprefix(PREFIX): array for name, array in arrays.items() if name.startswith(PREFIX)}
        return scored(arrays["correct"], by_score, arrays.get("ids"))
    missing = [name for name in ("logits", "labels") if name not in arrays]
    if missing:
        raise EffbenchError(f"{path} has no {' and no '.join(missing)}; it holds {', '.join(arrays) or 'nothing'}")
    return predictions(arrays["logits"], arrays["labels"], arrays.get("ids"))


def scores_file(given: Predictions) -> bytes:
    """The content of an ``.npz`` file with every score and whether each exit was right; no labels, no logits.

    Scores are rounded to single precision. Images without names are numbered.
    """
    stream = io.BytesIO()
    ids = np.arange(given.images) if given.ids is None else given.ids
    scores = {f"{PREFIX}{name}": given.scores(rule).astype(np.float32) for name, rule in SCORES.items()}
    np.savez_compressed(stream, correct=given.right, ids=ids, **scores)
    return stream.getvalue()


def _npz(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:  # NumPy leaves a broken one open
            return {name: stored[name] for name in stored.files}
    except Exception as error:  # NumPy and zipfile raise many kinds on damaged, encrypted or impossibly large files
        raise EffbenchError(f"{path} is not a .npz file of plain arrays: {_line(error)}") from None


def _pt(path: Path) -> Mapping[str, object]:
    try:
        import torch
    except ImportError:
        raise MissingExtra(f"reading {path}", "torch", "measure") from None
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        return {str(name): _array(value) for name, value in stored.items()}
    except Exception:  # torch raises many kinds, and advises to load the file unsafely
        raise EffbenchError(
            f"{path} is not a .pt file of plain tensors: write it with torch.save({{'logits': …, 'labels': …}}, FILE)"
        ) from None


def _array(value: torch.Tensor) -> NDArray[np.generic]:
    """A dense tensor of any kind of number as an array; NumPy has no bfloat16."""
    return np.asarray((value.float() if value.is_floating_point() else value).detach().numpy())


def _line(error: Exception) -> str:
    return str(error).split("\n", 1)[0] or type(error).__name__
