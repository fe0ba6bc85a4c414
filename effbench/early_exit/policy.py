"""A policy: a score and one threshold per early exit. The last exit takes all images that are left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan
from pathlib import Path
from typing import TypeGuard

import numpy as np

from effbench.errors import EffbenchError, SpecError
from effbench.files.document import NotJson, parsed
from effbench.stats.confidence import Floats, Integers, require_logits
from effbench.stats.scores import Score, score

WORDS = ("never", "always")
"""Thresholds that are words in JSON: nobody leaves, everybody does."""

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When an image leaves.

    Attributes:
        score: name of the score, see ``stats.scores``; it says on which side of the threshold images leave.
        thresholds: one per early exit, coarse to fine; an infinite one is "never" or "always". Empty: one exit.
        temperatures: one per exit, the last included; logits are divided by them before the score. Empty: all 1.

    Raises:
        UnknownName: no such score. SpecError: a threshold that is not a number, or a temperature that is not above 0.
    """

    score: str
    thresholds: tuple[float, ...]
    temperatures: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        score(self.score)
        if any(not _is_number(t) or isnan(t) for t in self.thresholds):
            raise SpecError(f"thresholds must be numbers, got {list(self.thresholds)}")
        if any(not _is_number(t) or not 0 < t < inf for t in self.temperatures):
            raise SpecError(f"temperatures must be finite and above 0, got {list(self.temperatures)}")
        if self.temperatures and len(self.temperatures) != self.exits:
            raise SpecError(f"{self.exits} exits need {self.exits} temperatures, got {len(self.temperatures)}")

    @property
    def exits(self) -> int:
        """How many exits the network has, the last included."""
        return len(self.thresholds) + 1

    @property
    def rule(self) -> Score:
        """The score itself."""
        return score(self.score)

    def require_exits(self, exits: int) -> None:
        """Raise SpecError unless the policy is for a network of that many exits."""
        if self.exits != exits:
            raise SpecError(
                f"a network of {exits} exits needs {exits - 1} thresholds (the last exit has none), "
                f"got {len(self.thresholds)}"
            )

    def scores(self, logits: object) -> Floats:
        """Logits (n, exits, classes) -> scores (n, exits); a temperature per exit is applied first."""
        values = require_logits(logits)
        self.require_exits(values.shape[1])
        if self.temperatures:
            values = values / np.asarray(self.temperatures)[:, None]
        return self.rule.of(values)

    def decide(self, scores: Floats) -> Integers:
        """Scores (n, exits) -> index of the exit each image leaves at; the score of the last exit is ignored.

        Raises:
            SpecError: wrong shape, or a score that is NaN.
        """
        scores = np.asarray(scores)
        if scores.ndim != 2:
            raise SpecError(f"scores must have two axes (images, exits), got shape {scores.shape}")
        self.require_exits(scores.shape[1])
        if np.isnan(scores).any():
            raise SpecError("a score is NaN: it is on neither side of a threshold")
        leaves = np.ones(scores.shape, dtype=bool)
        leaves[:, :-1] = self.rule.leaves(scores[:, :-1], np.asarray(self.thresholds, dtype=np.float64))
        return np.asarray(leaves.argmax(axis=1), dtype=np.int64)  # the first True

    @property
    def written(self) -> tuple[float | str, ...]:
        """The thresholds, infinite ones as the words "never" and "always"."""
        words = {self.rule.never: WORDS[0], self.rule.always: WORDS[1]}
        return tuple(words.get(t, t) for t in self.thresholds)

    def plain(self) -> dict[str, object]:
        """The policy as values that JSON can hold."""
        return {
            "schema": SCHEMA,
            "score": self.score,
            "thresholds": self.written,
            "temperatures": self.temperatures,
        }

    def as_json(self) -> str:
        """The policy as a JSON object, strict: no infinities in it."""
        return json.dumps(self.plain(), indent=2, allow_nan=False) + "\n"


def never(score_name: str, exits: int) -> Policy:
    """The policy under which every image goes to the last of ``exits`` exits."""
    return Policy(score=score_name, thresholds=(score(score_name).never,) * (exits - 1))


def read(path: Path) -> Policy:
    """The policy in a file.

    Raises:
        EffbenchError: the file cannot be read. SpecError: it holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EffbenchError(f"policy {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return from_json(text)


def from_json(text: str) -> Policy:
    """The policy that ``Policy.as_json`` wrote.

    Raises:
        SpecError: not JSON, or not a policy.
    """
    try:
        document = parsed(text)
    except NotJson as error:
        raise SpecError(f"a policy must be JSON: {error}") from None
    return from_document(document)


def from_document(document: object) -> Policy:
    """The policy that ``Policy.plain`` gave.

    Raises:
        SpecError: no JSON object, an unknown or missing key, another schema, or a value no policy can have.
    """
    if not isinstance(document, dict):
        raise SpecError(f"a policy must be a JSON object, got {type(document).__name__}")
    _require_keys(document)
    name = document["score"]
    if not isinstance(name, str):
        raise SpecError(f"score must be a name, got {name!r}")
    thresholds = tuple(threshold(value, name) for value in _listed(document, "thresholds"))
    temperatures = tuple(_number(value, "temperature") for value in _listed(document, "temperatures"))
    return Policy(score=name, thresholds=thresholds, temperatures=temperatures)


def threshold(value: object, score_name: str) -> float:
    """A number, or one of the words "never" and "always", as a threshold of that score.

    Raises:
        SpecError: neither.
    """
    rule = score(score_name)
    if isinstance(value, str) and value in WORDS:
        return rule.never if value == WORDS[0] else rule.always
    return _number(value, f"threshold (a number, {' or '.join(WORDS)})")


def _require_keys(document: Mapping[str, object]) -> None:
    allowed, needed = {"schema", "score", "thresholds", "temperatures"}, {"schema", "score", "thresholds"}
    unknown, missing = sorted(set(document) - allowed), sorted(needed - set(document))
    if unknown or missing:
        what = f"unknown keys {', '.join(unknown)}" if unknown else f"no {', '.join(missing)}"
        raise SpecError(f"a policy has {what}; allowed: {', '.join(sorted(allowed))}")
    if document["schema"] != SCHEMA:
        raise SpecError(f"a policy of schema {document['schema']!r} cannot be read; known: {SCHEMA}")


def _listed(document: Mapping[str, object], key: str) -> Sequence[object]:
    values = document.get(key, [])
    if not isinstance(values, list):
        raise SpecError(f"{key} must be a list, got {values!r}")
    return values


def _number(value: object, what: str) -> float:
    if not _is_number(value):
        raise SpecError(f"not a {what}: {value!r}")
    return float(value)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
