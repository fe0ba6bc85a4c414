"""What a network said at every exit, stored once: logits and labels, or the scores and whether each exit was right.

Scores without labels are for data sets whose labels may not be passed on: they give every figure but those by class
and those with temperatures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from effbench.errors import EffbenchError, SpecError
from effbench.stats.confidence import Booleans, Floats, Integers, require_logits
from effbench.stats.scores import SCORES, Score

Names: TypeAlias = NDArray[np.int64] | NDArray[np.str_] | NDArray[np.bytes_]
"""What images are called, (n,)."""

CONFIDENCE = "max_probability"
"""The score that calibration errors are made from."""


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Some images at all exits of a network, as logits and labels, or as scores alone.

    Attributes:
        right: (n, exits) whether the exit's most probable class is the true one.
        logits: (n, exits, classes), finite; None where scores are stored alone.
        labels: (n,) true classes, 0 <= label < classes; None where scores are stored alone.
        by_score: name in ``stats.scores.SCORES`` -> (n, exits), CONFIDENCE among them; empty where logits are known.
        ids: (n,) names of the images; None where they are not stored.
    """

    right: Booleans
    logits: Floats | None = None
    labels: Integers | None = None
    by_score: Mapping[str, Floats] = field(default_factory=dict)
    ids: Names | None = None

    @property
    def images(self) -> int:
        """How many images."""
        return int(self.right.shape[0])

    @property
    def exits(self) -> int:
        """How many exits, the last included."""
        return int(self.right.shape[1])

    @property
    def classes(self) -> int | None:
        """How many classes; None where scores are stored alone."""
        return None if self.logits is None else int(self.logits.shape[2])

    def scores(self, rule: Score) -> Floats:
        """(n, exits) of that score.

        Raises:
            SpecError: it is not stored.
        """
        if self.logits is not None:
            return rule.of(self.logits)
        if rule.name not in self.by_score:
            raise SpecError(f"the predictions have no score {rule.name}; they have {', '.join(self.by_score)}")
        return self.by_score[rule.name]

    def confidence(self) -> Floats:
        """(n, exits): the largest probability of each exit."""
        return self.scores(SCORES[CONFIDENCE])

    def take(self, rows: Sequence[int] | Integers) -> Predictions:
        """The images of those row numbers."""
        return Predictions(
            right=self.right[rows],
            logits=None if self.logits is None else self.logits[rows],
            labels=None if self.labels is None else self.labels[rows],
            by_score={name: values[rows] for name, values in self.by_score.items()},
            ids=None if self.ids is None else self.ids[rows],
        )

    def cooled(self, temperatures: tuple[float, ...]) -> Predictions:
        """The same images with each exit's logits divided by its temperature; none given, none applied.

        Raises:
            SpecError: the logits are not stored.
        """
        if not temperatures:
            return self
        logits, _ = self.known("a temperature")
        return replace(self, logits=logits / np.asarray(temperatures)[:, None])

    def known(self, what: str) -> tuple[Floats, Integers]:
        """Logits and labels, which ``what`` needs.

        Raises:
            SpecError: scores are stored alone.
        """
        if self.logits is None or self.labels is None:
            raise SpecError(f"{what} needs logits and labels, and these predictions hold scores alone")
        return self.logits, self.labels


def predictions(logits: object, labels: object, ids: object = None) -> Predictions:
    """Checked predictions.

    Raises:
        SpecError: wrong shapes or types, no images, NaN, a label that is not a class, an image named twice.
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
    right = np.asarray(values.argmax(axis=2) == classes[:, None])
    return Predictions(right=right, logits=values, labels=classes.astype(np.int64), ids=_names(ids, len(values)))


def scored(correct: object, by_score: Mapping[str, object], ids: object) -> Predictions:
    """Checked predictions of which only scores are known.

    Args:
        correct: (n, exits) of booleans. by_score: name of a score -> (n, exits) of finite numbers.

    Raises:
        SpecError: wrong shapes or types, no images, no names, NaN, an unknown score, CONFIDENCE missing.
    """
    right = np.asarray(correct)
    if right.dtype != np.bool_ or right.ndim != 2 or 0 in right.shape:
        raise SpecError(f"correct must be booleans (images, exits), got {right.dtype} of shape {right.shape}")
    unknown = [name for name in by_score if name not in SCORES]
    if unknown or CONFIDENCE not in by_score:
        raise SpecError(f"scores must be {CONFIDENCE} and others of {', '.join(SCORES)}, got {', '.join(by_score)}")
    values = {name: np.asarray(array) for name, array in by_score.items()}
    for name, array in values.items():
        if array.dtype.kind not in "fiu" or array.shape != right.shape or not np.isfinite(array).all():
            raise SpecError(f"score {name} must be finite numbers of shape {right.shape}")
    names = _names(ids, len(right))
    if names is None:
        raise SpecError("scores without logits need ids: scores of different images may be equal")
    return Predictions(right=right, by_score={k: v.astype(np.float64) for k, v in values.items()}, ids=names)


def _names(ids: object, images: int) -> Names | None:
    """Checked names of images, or None."""
    if ids is None:
        return None
    names = np.asarray(ids)
    if names.dtype.kind not in "iuUS" or names.shape != (images,):
        raise SpecError(f"ids must be {images} whole numbers or texts, one per image")
    if len(np.unique(names)) < images:
        raise SpecError("ids name an image twice")
    return names


def require_apart(calibration: Predictions, test: Predictions) -> None:
    """Raise EffbenchError where an image stands in both: a threshold must not be judged on what chose it.

    Images are recognised by their ids if both have them, else by logits that are equal to the last bit.
    """
    shapes = [(one.exits, one.classes) for one in (calibration, test)]
    if shapes[0] != shapes[1]:
        raise EffbenchError(f"calibration and test predictions differ in (exits, classes): {shapes[0]} and {shapes[1]}")
    named = calibration.ids is not None and test.ids is not None
    first, second = (set(_keys(p, named)) for p in (calibration, test))
    both = len(first & second)
    if both:
        raise EffbenchError(
            f"{both} images stand in the calibration and in the test predictions "
            f"({'same id' if named else 'equal logits'}); thresholds must be chosen on images of their own"
        )


def _keys(given: Predictions, named: bool) -> list[object]:
    if named and given.ids is not None:
        return list(given.ids.tolist())
    return [row.tobytes() for row in given.known("telling images apart")[0]]


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
