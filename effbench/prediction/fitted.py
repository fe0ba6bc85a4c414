"""What was fitted for every published setting, as the release ships it; ``effbench predict --fit`` makes it again."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import StringIO
from math import exp, inf, isfinite, log
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError
from effbench.files.document import read_json
from effbench.files.typed import typed
from effbench.models.shipped import FILE as COUNTS
from effbench.models.shipped import Network, shipped
from effbench.prediction.columns import COLUMNS

WEIGHTS = Path(__file__).with_name("fitted.json")
CORRECTIONS = Path(__file__).with_name("corrections.csv.gz")
FARTHEST = 100.0
"""Logarithm of a correction that no network needs."""


@dataclass(frozen=True)
class Width:
    """How wide an interval is: a prediction times and divided by exp(base (1 + growth distance)).

    Attributes:
        unlike: distance from which on a network is unlike all that were fitted.
    """

    base: float
    growth: float
    unlike: float

    def factor(self, distance: float) -> float:
        """By which the ends of the interval differ from the prediction."""
        return exp(self.base * (1 + self.growth * distance))


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A machine's weights.

    Attributes:
        weights: column -> seconds per unit of it; those of 0 are left out.
        width: of its intervals. examples: how many networks it was fitted to.
    """

    weights: Mapping[str, float]
    width: Width
    examples: int

    def seconds(self, values: list[float]) -> float:
        """Of one image, uncorrected; ``values`` in the order of COLUMNS."""
        return sum(self.weights.get(name, 0.0) * value for name, value in zip(COLUMNS, values, strict=True))

    def plain(self) -> dict[str, object]:
        """As JSON holds it."""
        return {"examples": self.examples, "width": vars(self.width), "weights": dict(self.weights)}


@dataclass(frozen=True, kw_only=True)
class Validation:
    """How well a setting is predicted where whole families are held out.

    Attributes:
        machine: the setting. short: the shortest name that means it. networks, families, weights: how many there are.
        median_error, p90_error: relative errors of the time, as shares; macs_alone: the median by MACs alone.
        coverage: share of the networks within their 90 % interval.
    """

    machine: str
    short: str
    networks: int
    families: int
    weights: int
    median_error: float
    p90_error: float
    macs_alone: float
    coverage: float


@dataclass(frozen=True)
class Correction:
    """Of one network. Attributes: log: to subtract from the logarithm of its time. distance: from the nearest known."""

    log: float
    distance: float


def fitted_from(entry: Mapping[str, object]) -> Fitted:
    """What ``Fitted.plain`` gave to JSON.

    Raises:
        KeyError, TypeError, ValueError: it is not that.
    """
    weights, width = entry["weights"], entry["width"]
    if not isinstance(weights, dict) or not isinstance(width, dict) or set(weights) - set(COLUMNS):
        raise ValueError("no weights of these columns")
    numbers = {str(name): float(value) for name, value in weights.items()}
    if not any(numbers.values()) or not all(0 <= value < inf for value in numbers.values()):
        raise ValueError("weights must be finite and not negative, and one above 0")
    wide = [float(width[name]) for name in ("base", "growth", "unlike")]
    if not all(map(isfinite, wide)):
        raise ValueError("widths must be finite")
    return Fitted(weights=numbers, width=Width(*wide), examples=_whole(entry))


def _whole(entry: Mapping[str, object]) -> int:
    return int(str(entry["examples"]))


@cache
def fitted() -> Mapping[str, Fitted]:
    """Setting's name -> its weights.

    Raises:
        EffbenchError: they were fitted to other counts than those that are shipped.
    """
    with _undamaged(WEIGHTS):
        held = _held()
        if held["counts"] == digest():
            return {name: fitted_from(entry) for name, entry in held["settings"].items()}
    raise EffbenchError("the weights were fitted to other counts than the shipped ones: run effbench predict --fit")


def validations() -> list[Validation]:
    """How well every setting is predicted."""
    with _undamaged(WEIGHTS):
        return [typed(Validation, entry["validation"], "validation") for entry in _held()["settings"].values()]


@cache
def _held() -> dict[str, Any]:
    held: dict[str, Any] = read_json(WEIGHTS)
    return held


@contextmanager
def _undamaged(file: Path) -> Iterator[None]:
    """An error in here is that of a shipped file which is not as it was shipped."""
    try:
        yield
    except (ArithmeticError, AttributeError, EOFError, LookupError, OSError, TypeError, ValueError, zlib.error):
        raise EffbenchError(f"{file} is damaged: install effbench again") from None


def digest() -> str:
    """Of the shipped counts."""
    return hashlib.sha256(COUNTS.read_bytes()).hexdigest()[:16]


@cache
def _corrections() -> tuple[tuple[str, ...], list[list[str]]]:
    with _undamaged(CORRECTIONS):
        rows = list(csv.reader(StringIO(gzip.decompress(CORRECTIONS.read_bytes()).decode())))
        return tuple(rows[0]), rows[1:]


@cache
def _line_of() -> dict[int, int]:
    return {id(network): number for number, network in enumerate(shipped().networks)}


def correction(network: Network, setting: str) -> Correction:
    """Of a shipped network in a setting."""
    names, rows = _corrections()
    with _undamaged(CORRECTIONS):
        rest, distance = rows[_line_of()[id(network)]][names.index(setting)].split(":")
        found = Correction(int(rest) / 1000, int(distance) / 100)
        if abs(found.log) > FARTHEST:
            raise ValueError("no correction")
        return found


def corrections_text(settings: list[str], table: list[list[Correction]]) -> bytes:
    """The file of corrections: a line a shipped network, a column a setting."""
    lines = [",".join(settings)]
    lines += [",".join(f"{round(1000 * one.log)}:{round(100 * one.distance)}" for one in row) for row in table]
    return gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0)


def log_seconds(one: Fitted, values: list[float], by: Correction) -> float:
    """Logarithm of the predicted time of one image."""
    return log(one.seconds(values)) - by.log
