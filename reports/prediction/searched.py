"""What a search under a budget of time found on CIFAR-10, trained beside RAViT 1-3 and beside layouts drawn at random.

    python reports/prediction/searched.py

From ``searched.jsonl`` (trained by ``experiments/ravit_cifar10_searched.toml``) it writes ``searched.md`` here: the
accuracy of each layout, and its distance from 1-3 over the seeds that both have. The best of the random search is the
drawn layout with the highest accuracy at seed 0; its distance is over the other seeds, which did not choose it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from effbench.cost.convention import convention
from effbench.models.registry import resolve
from effbench.render.numbers import scaled
from effbench.render.table import Column, of, render
from effbench.stats.paired import interval
from effbench.training.sweep.runs import Training, trainings

HERE = Path(__file__).parent
STORE = HERE / "searched.jsonl"
FAMILY = "ravit_cifar10:"
PAPERS = f"{FAMILY}1-3"
CHOSEN = {
    PAPERS: "the paper's",
    f"{FAMILY}3": "search at width 128",
    f"{FAMILY}1,width=248": "search at widths 64 to 256",
    f"{FAMILY}2-3,width=104": "drawn",
    f"{FAMILY}1-2,width=152": "drawn",
    f"{FAMILY}6,width=72": "drawn",
}
"""Layout -> who chose it, by ``experiments/searched_layouts.py``."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A layout. Attributes: accuracies: seed -> share of right answers of the last exit. macs, params: of one image."""

    model: str
    chosen: str
    accuracies: Mapping[int, float]
    macs: int
    params: int

    @property
    def mean(self) -> float | None:
        """Over the seeds."""
        return fmean(self.accuracies.values()) if self.accuracies else None


def rows(trained: Sequence[Training]) -> list[Row]:
    """Every layout in the order of ``CHOSEN``, trained or not."""
    runs = {one.model: {run.seed: run.exits[-1].accuracy for run in one.judged} for one in trained}
    found = []
    for model, chosen in CHOSEN.items():
        cost = resolve(model).cost()
        macs = int(convention("macs").total(cost))
        accuracies = runs.get(model, {})
        found.append(Row(model=model, chosen=chosen, accuracies=accuracies, macs=macs, params=int(cost.params)))
    return found


def apart(one: Row, two: Row, without: int | None = None) -> str:
    """Points of accuracy of ``one`` above ``two``, with a 95 % interval over the seeds of both but ``without``."""
    seeds = sorted((one.accuracies.keys() & two.accuracies.keys()) - {without})
    points = [100 * (one.accuracies[seed] - two.accuracies[seed]) for seed in seeds]
    if len(points) < 2:
        return "-"
    mean, low, high = interval(points)
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]"


def notes(made: Sequence[Row], wanted: int) -> list[str]:
    """Who is ahead of whom."""
    found = [row for row in made if row.chosen.startswith("search")]
    drawn = [row for row in made if row.chosen == "drawn" and 0 in row.accuracies]
    said = [
        f"{sum(len(row.accuracies) for row in made)} of {wanted} trainings are done. Accuracy of the last exit on "
        "the 10,000 test images after 12 epochs; the paper trains for 400.",
        "Points beside 1-3: mean over the seeds that both have, with a 95 % interval (Student's t), which of so few "
        "seeds is wide.",
    ]
    if drawn:
        best = max(drawn, key=lambda row: row.accuracies[0])
        said.append(f"Best of the random search, by seed 0: {best.model}.")
        beside = [(row, apart(row, best, 0)) for row in found]
        said += [f"{row.model} beside it, over the other seeds: {text} points." for row, text in beside if text != "-"]
    said.append(f"All take at most the predicted processor time of {PAPERS}, one image at a time.")
    return said


def columns(papers: Row, seeds: Sequence[int]) -> list[Column[Row]]:
    """Of the page."""
    by_seed = [
        of(f"seed {seed}", lambda row, seed=seed: row.accuracies.get(seed), "{:.2%}".format, right=True)
        for seed in seeds
    ]
    return [
        of("layout", lambda row: row.model),
        of("chosen by", lambda row: row.chosen),
        of("MACs", lambda row: scaled(row.macs), right=True),
        of("params", lambda row: scaled(row.params), right=True),
        *by_seed,
        of("mean", lambda row: row.mean, "{:.2%}".format, right=True),
        of("points beside 1-3", lambda row: "-" if row is papers else apart(row, papers), right=True),
    ]


def page() -> str:
    """The whole file."""
    made = rows(trainings([STORE]))
    seeds = (0, 1, 2)
    table = render(
        made,
        columns(made[0], seeds),
        "markdown",
        title="Layouts that a search found at the time of RAViT 1-3, trained",
        notes=notes(made, len(seeds) * len(CHOSEN)),
    )
    return f"{table}\nMade by `python reports/prediction/searched.py` from `searched.jsonl`.\n"


if __name__ == "__main__":
    (HERE / "searched.md").write_text(page(), encoding="utf-8")
