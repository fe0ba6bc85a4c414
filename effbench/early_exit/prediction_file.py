"""Files of predictions: read from .npz or .pt, of which nothing is unpickled, and written as scores."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from effbench.early_exit.predictions import Predictions, predictions, scored
from effbench.errors import EffbenchError, MissingExtra, SpecError
from effbench.stats.confidence import SCORES

SUFFIXES = (".npz", ".pt")
PREFIX = "score_"
"""Of the arrays that hold scores."""


def load(path: Path) -> Predictions:
    """Predictions stored as arrays ``logits`` and ``labels``, or ``correct`` and ``score_NAME`` for each score.

    ``ids`` may be there, if images have names.

    Args:
        path: ``.npz`` of NumPy, or ``.pt`` of torch: a dictionary of tensors, read with ``weights_only``.

    Raises:
        EffbenchError: no such file, another format, objects in it, or arrays that are no predictions.
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


def _predictions(path: Path, arrays: Mapping[str, Any]) -> Predictions:
    if "correct" in arrays and "labels" not in arrays:
        by_score = {name.removeprefix(PREFIX): array for name, array in arrays.items() if name.startswith(PREFIX)}
        return scored(arrays["correct"], by_score, arrays.get("ids"))
    missing = [name for name in ("logits", "labels") if name not in arrays]
    if missing:
        raise EffbenchError(f"{path} has no {' and no '.join(missing)}; it holds {', '.join(arrays) or 'nothing'}")
    return predictions(arrays["logits"], arrays["labels"], arrays.get("ids"))


def scores_file(given: Predictions) -> bytes:
    """The content of an ``.npz`` file with every score and whether each exit was right; no labels, no logits.

    Scores are rounded to single precision. Images without names are called by their place.
    """
    stream = io.BytesIO()
    ids = np.arange(given.images) if given.ids is None else given.ids
    scores = {f"{PREFIX}{name}": given.scores(rule).astype(np.float32) for name, rule in SCORES.items()}
    np.savez_compressed(stream, correct=given.correct(), ids=ids, **scores)
    return stream.getvalue()


def _npz(path: Path) -> Mapping[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise EffbenchError(f"{path} is no .npz file of plain arrays: {_line(error)}") from None


def _pt(path: Path) -> Mapping[str, Any]:
    try:
        import torch
    except ImportError:
        raise MissingExtra(f"reading {path}", "torch", "measure") from None
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds on a damaged file
        raise EffbenchError(f"{path} is no .pt file of plain tensors: {_line(error)}") from None
    if not isinstance(stored, dict):
        raise EffbenchError(f"{path} holds a {type(stored).__name__}, not a dictionary of tensors")
    return {str(k): v.float().numpy() if k == "logits" else np.asarray(v) for k, v in stored.items()}


def _line(error: Exception) -> str:
    return str(error).split("\n", 1)[0] or type(error).__name__
