"""Our trainings beside the accuracies that the paper's tables print of the same networks, each with its schedule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from effbench.maps.paper import PRESETS, layers_name
from effbench.maps.statements import LEVEL
from effbench.models.registry import resolve
from effbench.render.numbers import fixed
from effbench.render.table import Column, of, render
from effbench.stats.binomial import wilson
from effbench.stats.paired import interval
from effbench.training.sweep.runs import Training


@dataclass(frozen=True, kw_only=True)
class Beside:
    """One recipe of ours for a network that the paper prints an accuracy of; never a mixture of both.

    Attributes:
        model: registry name. published_percent: as printed. published_epochs: of the paper's trainings.
        epochs, precision: of ours. seeds: that finished. accuracy: mean of their last exits, 0 to 1.
        low, high: over seeds (Student's t); of one seed, what other test images would leave open (Wilson).
        machine: accelerator, else processor. experiment, store: where the runs stand.
    """

    model: str
    published_percent: str
    published_epochs: int
    epochs: float
    precision: str
    seeds: tuple[int, ...]
    accuracy: float
    low: float
    high: float
    machine: str
    experiment: str
    store: str


def beside_paper(found: Sequence[Training], dataset: str, printed: Mapping[str, str]) -> list[Beside]:
    """A row per published network and recipe of ours, in the paper's order and from the shortest schedule on.

    Args:
        found: trainings on the data set, of any recipe. printed: model -> accuracy in % as the paper prints it.
    """
    preset = PRESETS.get(dataset)
    if preset is None:
        return []
    ordered = sorted((one for one in found if one.judged), key=lambda one: one.epochs)
    names = {model: layers_name(resolve(model).spec, preset.branches) for model in printed}
    return [
        _row(one, printed[model], preset.epochs)
        for model, name in names.items()
        for one in ordered
        if one.model in (model, f"{preset.family}:{name}")  # a plain ViT is the RAViT with its last branch alone
    ]


def _row(one: Training, percent: str, epochs: int) -> Beside:
    runs = one.judged
    shares = [run.exits[-1].accuracy for run in runs]
    mean, low, high = interval(shares, LEVEL)
    if not math.isfinite(high):
        last = runs[0].exits[-1]
        low, high = wilson(last.top1, last.images, LEVEL)
    conditions, training = runs[0].conditions, one.recipe.get("training")
    return Beside(
        model=one.model,
        published_percent=percent,
        published_epochs=epochs,
        epochs=one.epochs,
        precision=str(training["precision"]) if isinstance(training, Mapping) else "",
        seeds=tuple(sorted(run.seed for run in runs)),
        accuracy=mean,
        low=low,
        high=high,
        machine=str(conditions.get("accelerator") or conditions.get("cpu") or "not recorded"),
        experiment=runs[0].experiment,
        store=runs[0].file.as_posix(),
    )


def beside_table(rows: Sequence[Beside], dataset: str, style: str) -> str:
    """The rows, in one of ``FORMATS`` that people read."""
    columns = [
        of("network", lambda row: row.model),
        Column[Beside]("published", lambda row: f"{row.published_percent} %", right=True),
        of("its epochs", lambda row: row.published_epochs, right=True),
        Column[Beside]("ours", _accuracy, right=True),
        of("epochs", lambda row: row.epochs, "{:g}".format, right=True),
        of("seeds", lambda row: len(row.seeds), right=True),
        of("precision", lambda row: row.precision),
        of("machine", lambda row: row.machine),
        of("experiment", lambda row: row.experiment),
    ]
    shorter = sorted({row.epochs for row in rows if row.epochs < row.published_epochs})
    epochs = ", ".join(f"{number:g}" for number in shorter)
    notes = [
        f"In brackets {LEVEL:.0%} intervals: over seeds (Student's t); of one seed, by its test images alone (Wilson).",
        *([f"{epochs} epochs are not {rows[0].published_epochs}: those are other trainings."] if shorter else []),
    ]
    title = f"Accuracy of the networks in the paper's tables on {dataset}: as published, and trained here"
    return render(rows, columns, style, title=title, notes=notes)


def _accuracy(row: Beside) -> str:
    mean, low, high = (fixed(100 * share, 1) for share in (row.accuracy, row.low, row.high))
    return f"{mean} % [{low}, {high}]"
