"""Accuracies of our own trainings, from stores of sweeps, to stand beside a figure of the same model and data set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from effbench.claims.load import Claim
from effbench.errors import EffbenchError
from effbench.training.loop.outcome import ExitMetrics, Outcome
from effbench.training.sweep.store import FILE, results
from effbench.training.sweep.store import read as read_store

METRICS = ("top1", "top5")


@dataclass(frozen=True)
class Accuracy:
    """The mean of the seeds of one recipe. Attributes: percent: exact; runs: the trainings."""

    percent: Fraction
    runs: tuple[Outcome, ...]

    @property
    def words(self) -> str:
        """How it was found."""
        seeds = f"{len(self.runs)} {'seed' if len(self.runs) == 1 else 'seeds'}"
        return f"measured, {seeds}, {_epochs(self.runs[0]):g} epochs at {self.runs[0].recipe['data']['size']}²"


@dataclass(frozen=True)
class Accuracies:
    """Finished trainings, to be asked about a published figure."""

    outcomes: tuple[Outcome, ...] = ()

    def of(self, claim: Claim) -> Accuracy | None:
        """Of trainings of the claim's model on its data set, at its image size where it states one; None without any.

        Of several recipes the longest one counts, then the one with most seeds. Figures at an exit threshold have
        none: a threshold means what the authors' confidence means.
        """
        if claim.metric not in METRICS or claim.relation is not None or claim.exit_threshold is not None:
            return None
        recipes = _recipes([outcome for outcome in self.outcomes if _is_about(outcome, claim)])
        if not recipes:
            return None
        runs = max(recipes, key=lambda found: (_epochs(found[0]), len(found)))
        percents = [_percent(run.exits[-1], claim.metric) for run in runs]
        return Accuracy(sum(percents, Fraction(0)) / len(percents), tuple(runs))


def read(paths: Iterable[Path]) -> Accuracies:
    """The finished trainings in the stores: files, or folders of sweeps.

    Raises:
        EffbenchError: a store is missing, cannot be read, or a line is none of a sweep.
    """
    return Accuracies(tuple(outcome for path in paths for outcome in _outcomes(path) if outcome.status == "done"))


def _outcomes(path: Path) -> Sequence[Outcome]:
    if not (path / FILE if path.is_dir() else path).is_file():
        raise EffbenchError(f"no store {path}")
    found, _ = results(read_store(path))
    return [line.outcome for line in found.values()]


def _recipes(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Trainings that differ in their seed alone."""
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(json.dumps(outcome.recipe, sort_keys=True), []).append(outcome)
    return list(found.values())


def _is_about(outcome: Outcome, claim: Claim) -> bool:
    data = outcome.recipe["data"]
    same = (outcome.model, data["name"]) == (claim.model, claim.dataset)
    return same and bool(outcome.exits) and claim.size in (None, data["size"])


def _epochs(outcome: Outcome) -> float:
    return float(outcome.recipe["training"]["epochs"])


def _percent(exit: ExitMetrics, metric: str) -> Fraction:
    return Fraction(100 * int(getattr(exit, metric)), exit.images)
