"""What a network said at every exit, stored once: logits and labels, read from .npz or .pt; nothing is unpickled."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from effbench.early_exit.confidence import Booleans, Floats, Integers, require_logits
from effbench.errors import EffbenchError, MissingExtra, SpecError

SUFFIXES = (".npz", ".pt")


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Logits of all exits and the true classes of some images.

    Attributes:
        logits: (n, exits, classes), finite.
        labels: (n,), 0 <= label < classes.
        ids: (n,) names of the images, or None where they were not stored.
    """

    logits: Floats
    labels: Integers
    ids: Any = None

    @property
    def images(self) -> int:
        """How many images."""
        return int(self.logits.shape[0])

    @property
    def exits(self) -> int:
        """How many exits, the last included."""
        return int(self.logits.shape[1])

    @property
    def classes(self) -> int:
        """How many classes."""
        return int(self.logits.shape[2])

    def correct(self) -> Booleans:
        """(n, exits): whether the exit's most probable class is the true one."""
        return np.asarray(self.logits.argmax(axis=2) == self.labels[:, None])

    def take(self, rows: Any) -> Predictions:
        """The images of those row numbers."""
        ids = None if self.ids is None else self.ids[rows]
        return Predictions(logits=self.logits[rows], labels=self.labels[rows], ids=ids)

    def cooled(self, temperatures: tuple[float, ...]) -> Predictions:
        """The same images with each exit's logits divided by its temperature; none given, none applied."""
        if not temperatures:
            return self
        scaled = self.logits / np.asarray(temperatures)[:, None]
        return Predictions(logits=scaled, labels=self.labels, ids=self.ids)


def predictions(logits: object, labels: object, ids: object = None) -> Predictions:
    """Checked predictions.

    Raises:
        SpecError: wrong shapes or types, no images, NaN, a label that is no class, an image named twice.
    """
    values = require_logits(logits)
    classes = np.asarray(labels)
    if classes.dtype.kind not in "iu" or classes.shape != values.shape[:1]:
        raise SpecError(
            f"labels must be {len(values)} whole numbers, one per image, got {classes.dtype} of shape {classes.shape}"
        )
    wrong = np.flatnonzero((classes < 0) | (classes >= values.shape[2]))
    if len(wrong):
        raise SpecError(f"label of image {wrong[0]} is {classes[wrong[0]]}; classes are 0 to {values.shape[2] - 1}")
    names = None if ids is None else np.asarray(ids)
    if names is not None and (names.dtype.kind not in "iuUS" or names.shape != values.shape[:1]):
        raise SpecError(f"ids must be {len(values)} whole numbers or texts, one per image")
    if names is not None and len(np.unique(names)) < len(names):
        raise SpecError("ids name an image twice")
    return Predictions(logits=values, labels=classes.astype(np.int64), ids=names)


def load(path: Path) -> Predictions:
    """Predictions stored as arrays ``logits`` and ``labels`` (and ``ids``, if images have names).

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
    missing = [name for name in ("logits", "labels") if name not in arrays]
    if missing:
        raise EffbenchError(f"{path} has no {' and no '.join(missing)}; it holds {', '.join(arrays) or 'nothing'}")
    try:
        return predictions(arrays["logits"], arrays["labels"], arrays.get("ids"))
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None


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


def require_apart(calibration: Predictions, test: Predictions) -> None:
    """Raise EffbenchError where an image stands in both: a threshold must not be judged on what chose it.

    Images are recognised by their ids if both have them, else by logits that are equal to the last bit.
    """
    if calibration.logits.shape[1:] != test.logits.shape[1:]:
        raise EffbenchError(
            f"calibration and test predictions differ in (exits, classes): "
            f"{calibration.logits.shape[1:]} and {test.logits.shape[1:]}"
        )
    named = calibration.ids is not None and test.ids is not None
    first, second = (set(_keys(p, named)) for p in (calibration, test))
    both = len(first & second)
    if both:
        raise EffbenchError(
            f"{both} images stand in the calibration and in the test predictions "
            f"({'same id' if named else 'equal logits'}); thresholds must be chosen on images of their own"
        )


def _keys(given: Predictions, named: bool) -> list[Any]:
    return list(given.ids.tolist()) if named else [row.tobytes() for row in given.logits]


def split(given: Predictions, share: float, seed: int) -> tuple[Predictions, Predictions]:
    """Calibration and test images, drawn at random without replacement.

    Args:
        share: of the images that go to calibration, rounded to a whole number of images.
        seed: of the draw; the same seed gives the same split.

    Raises:
        SpecError: one side would be empty.
    """
    chosen = round(share * given.images) if 0 < share < 1 else 0
    if not 0 < chosen < given.images:
        raise SpecError(f"a share of {share:g} of {given.images} images leaves one side without images")
    order = np.random.default_rng(seed).permutation(given.images)
    return given.take(np.sort(order[:chosen])), given.take(np.sort(order[chosen:]))
