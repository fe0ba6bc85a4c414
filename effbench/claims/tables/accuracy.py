"""Accuracies of our own trainings, to stand beside a published figure of the same model and data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from effbench.claims.paper import Claim


@dataclass(frozen=True, kw_only=True)
class Training:
    """A finished training of ours, as whoever read it hands it in.

    Attributes:
        model: registry name. dataset, size: what it was trained on, at which image side in pixels.
        epochs: of the training. top1, top5: accuracies of the last exit, exact, in percent.
        recipe: everything that determines the result but the seed. conditions: what it was made under.
        key: digest of recipe and seed. experiment, store: what it was made for, and the file it stands in.
    """

    model: str
    dataset: str
    size: int
    epochs: float
    top1: Fraction
    top5: Fraction
    key: str
    seed: int
    experiment: str = ""
    store: str = ""
    recipe: Mapping[str, object] = field(default_factory=dict)
    conditions: Mapping[str, object] = field(default_factory=dict)

    def plain(self) -> dict[str, object]:
        """What a trace names of it."""
        names = ("key", "seed", "experiment", "store", "recipe", "conditions")
        return {name: getattr(self, name) for name in names}

    def is_about(self, claim: Claim) -> bool:
        """Whether it is of the claim's model on its data set, and at its image side where it states one."""
        same = (self.model, self.dataset) == (claim.model, claim.dataset)
        return same and claim.size in (None, self.size)


@dataclass(frozen=True)
class Accuracy:
    """The mean of the seeds of one recipe. Attributes: percent: exact; runs: the trainings."""

    percent: Fraction
    runs: tuple[Training, ...]

    @property
    def words(self) -> str:
        """How it was found."""
        seeds = f"{len(self.runs)} {'seed' if len(self.runs) == 1 else 'seeds'}"
        return f"measured, {seeds}, {self.runs[0].epochs:g} epochs at {self.runs[0].size}²"


def accuracy(claim: Claim, trainings: Sequence[Training]) -> Accuracy | None:
    """What trainings of the claim's model on its data set give; None without any.

    Of several recipes the longest one counts, then the one with most seeds. Figures at an exit threshold have none: a
    threshold means what the authors' confidence means.
    """
    if claim.metric not in ("top1", "top5") or claim.relation is not None or claim.exit_threshold is not None:
        return None
    recipes = _recipes([one for one in trainings if one.is_about(claim)])
    if not recipes:
        return None
    runs = max(recipes, key=lambda found: (found[0].epochs, len(found)))
    percents = [run.top1 if claim.metric == "top1" else run.top5 for run in runs]
    return Accuracy(sum(percents, Fraction(0)) / len(percents), tuple(runs))


def _recipes(trainings: Sequence[Training]) -> list[list[Training]]:
    """Trainings that differ in their seed alone."""
    found: list[list[Training]] = []
    for one in trainings:
        same = next((group for group in found if group[0].recipe == one.recipe), None)
        if same is None:
            found.append([one])
        else:
            same.append(one)
    return found
