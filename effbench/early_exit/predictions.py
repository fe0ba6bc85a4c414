"""What a network said at every exit, stored once: logits and labels, or the scores and whether each exit was right.

Scores without labels are for data sets whose labels may not be passed on: they give every figure but those by class
and those with temperatures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from effbench.errors import EffbenchError, SpecError
from effbench.stats.confidence import SCORES, Booleans, Floats, Integers, Score, max_probability, require_logits

CONFIDENCE = "max_probability"
"""The score that calibration errors are made from."""


class Predictions(Protocol):
    """Some images at all exits of a network."""

    @property
    def images(self) -> int:
        """How many images."""

    @property
    def exits(self) -> int:
        """How many exits, the last included."""

    @property
    def classes(self) -> int | None:
        """How many classes; None where only scores were stored."""

    @property
    def ids(self) -> Any:
        """(n,) names of the images, or None where they were not stored."""

    @property
    def labels(self) -> Integers | None:
        """(n,) true classes, or None where they were not stored."""

    def correct(self) -> Booleans:
        """(n, exits): whether the exit's most probable class is the true one."""

    def scores(self, rule: Score) -> Floats:
        """(n, exits) of that score.

        Raises:
            SpecError: it was not stored.
        """

    def confidence(self) -> Floats:
        """(n, exits): the largest probability of each exit."""

    def take(self, rows: Any) -> Predictions:
        """The images of those row numbers."""

    def cooled(self, temperatures: tuple[float, ...]) -> Predictions:
        """The same images with each exit's logits divided by its temperature; none given, none applied.

        Raises:
            SpecError: the logits were not stored.
        """


@dataclass(frozen=True, kw_only=True)
class Logits:
    """Predictions as logits and labels.

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

    def scores(self, rule: Score) -> Floats:
        """(n, exits) of that score."""
        return rule.of(self.logits)

    def confidence(self) -> Floats:
        """(n, exits): the largest probability of each exit."""
        return max_probability(self.logits)

    def take(self, rows: Any) -> Logits:
        """The images of those row numbers."""
        ids = None if self.ids is None else self.ids[rows]
        return Logits(logits=self.logits[rows], labels=self.labels[rows], ids=ids)

    def cooled(self, temperatures: tuple[float, ...]) -> Logits:
        """The same images with each exit's logits divided by its temperature; none given, none applied."""
        if not temperatures:
            return self
        scaled = self.logits / np.asarray(temperatures)[:, None]
        return Logits(logits=scaled, labels=self.labels, ids=self.ids)


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Predictions as scores and whether each exit was right.

    Attributes:
        right: (n, exits). by_score: name in ``confidence.SCORES`` -> (n, exits), CONFIDENCE among them.
        ids: (n,) names of the images: scores of different images may be equal.
    """

    right: Booleans
    by_score: Mapping[str, Floats]
    ids: Any
    classes: None = None
    labels: None = None

    @property
    def images(self) -> int:
        """How many images."""
        return int(self.right.shape[0])

    @property
    def exits(self) -> int:
        """How many exits, the last included."""
        return int(self.right.shape[1])

    def correct(self) -> Booleans:
        """(n, exits): whether the exit was right."""
        return self.right

    def scores(self, rule: Score) -> Floats:
        """(n, exits) of that score."""
        if rule.name not in self.by_score:
            raise SpecError(f"the predictions have no score {rule.name}; they have {', '.join(self.by_score)}")
        return self.by_score[rule.name]

    def confidence(self) -> Floats:
        """(n, exits): the largest probability of each exit."""
        return self.by_score[CONFIDENCE]

    def take(self, rows: Any) -> Scored:
        """The images of those row numbers."""
        by_score = {name: values[rows] for name, values in self.by_score.items()}
        return Scored(right=self.right[rows], by_score=by_score, ids=self.ids[rows])

    def cooled(self, temperatures: tuple[float, ...]) -> Scored:
        """The same images; temperatures cannot be applied to scores."""
        if temperatures:
            raise SpecError("temperatures need logits, and these predictions hold scores alone")
        return self


def predictions(logits: object, labels: object, ids: object = None) -> Logits:
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
    return Logits(logits=values, labels=classes.astype(np.int64), ids=_names(ids, len(values)))


def scored(correct: object, by_score: Mapping[str, object], ids: object) -> Scored:
    """Checked predictions of which only scores are known.

    Args:
        correct: (n, exits) of booleans. by_score: name of a score -> (n, exits) of finite numbers.

    Raises:
        SpecError: wrong shapes or types, no images, no names, NaN, a score that is none, CONFIDENCE missing.
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
    return Scored(right=right, by_score={k: v.astype(np.float64) for k, v in values.items()}, ids=names)


def require_labels(given: Predictions, what: str) -> Logits:
    """The predictions, which must have logits and labels for ``what``.

    Raises:
        SpecError: they hold scores alone.
    """
    if not isinstance(given, Logits):
        raise SpecError(f"{what} needs logits and labels, and these predictions hold scores alone")
    return given


def _names(ids: object, images: int) -> Any:
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


def _keys(given: Predictions, named: bool) -> list[Any]:
    if named:
        return list(given.ids.tolist())
    return [row.tobytes() for row in require_labels(given, "telling images apart").logits]


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
