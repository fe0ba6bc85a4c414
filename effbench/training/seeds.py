"""A recipe trained with its seeds: one run each, every result in one store, and what each exit got."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.errors import EffbenchError
from effbench.stats.binomial import wilson
from effbench.stats.paired import interval
from effbench.training.loop.feasible import require_installed
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.progress import Progress
from effbench.training.loop.recipe import Recipe
from effbench.training.recipes import exit_macs
from effbench.training.sweep.store import Store

if TYPE_CHECKING:
    from effbench.training.loop.distributed import Team

Tell = Callable[[int, Progress], None]
"""Called with the seed that runs, and where it is."""


def train_seeds(
    recipe: Recipe,
    seeds: Sequence[int],
    out: Path,
    *,
    root: Path | None = None,
    device: str = "auto",
    threads: int | None = None,
    logs: Sequence[str] = (),
    tell: Tell = lambda seed, now: None,
) -> list[Outcome]:
    """Train with every seed, one after the other; what is done already is read, what was interrupted goes on.

    In a process that ``torchrun`` or ``training.loop.launch`` started, this is that process's part of the work.

    Args:
        out: folder of the experiment; a run is in ``seedK`` of it, the store and a measured precision beside them.
        root: of data sets on disk. device: cpu, cuda or auto. threads: of PyTorch; None as it finds the machine.
        logs: names in ``training.loop.sinks.LOGS``.

    Raises:
        EffbenchError: bad input, or the disk is full. MissingExtra: no PyTorch.
    """
    require_installed("effbench train")
    from effbench.training.loop.device import find_device, set_threads
    from effbench.training.loop.distributed import device_of, join, leave, together
    from effbench.training.loop.precision import settled

    if threads is not None:
        set_threads(threads)
    place = device_of(str(find_device(device)))
    try:
        with together():
            team = join(place)
            chosen = settled(recipe, seeds[0], out, root=root, device=place, team=team)
            return [_train(chosen, seed, out, root, place, logs, team, tell) for seed in seeds]
    finally:
        leave()


def _train(
    recipe: Recipe, seed: int, out: Path, root: Path | None, device: str, logs: Sequence[str], team: Team, tell: Tell
) -> Outcome:
    from effbench.training.loop.run import train
    from effbench.training.loop.sinks import About, make_sink

    folder, first = run_folder(out, seed), team.rank == 0
    about: About = {"recipe": recipe.name, "model": recipe.model, "data": recipe.data.name, "seed": seed}
    sinks = [make_sink(kind, folder, f"{recipe.name}, seed {seed}", about) for kind in logs if first]
    outcome = train(
        recipe,
        seed=seed,
        folder=folder,
        root=root,
        device=device,
        progress=lambda now: tell(seed, now),
        sinks=sinks,
        team=team,
    )
    if first:
        Store(out).add(outcome, {}, recipe.name)
    return outcome


def run_folder(out: Path, seed: int) -> Path:
    """The folder of a seed's run in that of the experiment."""
    return out / f"seed{seed}"


@dataclass(frozen=True, kw_only=True)
class ExitRow:
    """What one exit got on the test images, in one run or as a mean over runs.

    Attributes:
        seed: of the run; of a mean, words. exit: from 1. macs: what an image costs that leaves there.
        images: how many were judged. top1, top5: shares that are right, 0 to 1.
        low, high: 95 % interval of ``top1``: of a run the score interval over images, of a mean Student's t over seeds.
        nll: mean cross-entropy, nats. ece: expected calibration error, 0 to 1. key: of the run; None for a mean.
    """

    recipe: str
    model: str
    seed: int | str
    exit: int
    macs: int
    images: int
    top1: float
    low: float
    high: float
    top5: float
    nll: float
    ece: float
    key: str | None

    def plain(self) -> dict[str, object]:
        """What JSON and CSV hold: a mean has no key, and its seed after the images."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.key is None:
            same = {name: values[name] for name in ("recipe", "model", "exit", "macs", "images", "seed")}
            return same | {name: value for name, value in values.items() if name != "key"}
        return values


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """One figure of a run whose task has no exits; its name has the unit in it."""

    recipe: str
    model: str
    seed: int
    figure: str
    value: float
    key: str


def exit_rows(recipe: Recipe, outcomes: Sequence[Outcome]) -> list[ExitRow]:
    """One row per run and exit."""
    return [row for outcome in outcomes for row in _run_rows(recipe, outcome)]


def _run_rows(recipe: Recipe, outcome: Outcome) -> list[ExitRow]:
    costs = exit_macs(recipe) if outcome.exits else ()
    rows = []
    for number, (exit, cost) in enumerate(zip(outcome.exits, costs, strict=True), start=1):
        low, high = wilson(exit.top1, exit.images)
        row = ExitRow(
            recipe=recipe.name,
            model=recipe.model,
            seed=outcome.seed,
            exit=number,
            macs=cost,
            images=exit.images,
            top1=exit.accuracy,
            low=low,
            high=high,
            top5=exit.top5 / exit.images,
            nll=exit.nll,
            ece=exit.ece,
            key=outcome.key,
        )
        rows.append(row)
    return rows


def seed_means(rows: Sequence[ExitRow]) -> list[ExitRow]:
    """One row per exit: the mean over runs.

    Raises:
        EffbenchError: fewer than two runs.
    """
    if len({row.seed for row in rows}) < 2:
        raise EffbenchError("a mean over seeds needs two of them")
    return [_mean([row for row in rows if row.exit == exit]) for exit in dict.fromkeys(row.exit for row in rows)]


def _mean(rows: Sequence[ExitRow]) -> ExitRow:
    found, seed = interval([row.top1 for row in rows]), f"mean of {len(rows)}"
    means = {name: sum(getattr(row, name) for row in rows) / len(rows) for name in ("top5", "nll", "ece")}
    low, high = max(found.low, 0.0), min(found.high, 1.0)
    return replace(rows[0], seed=seed, top1=found.mean, low=low, high=high, key=None, **means)


def figure_rows(recipe: Recipe, outcomes: Sequence[Outcome]) -> list[FigureRow]:
    """One row per run and figure, of tasks that have no exits."""
    return [
        FigureRow(recipe=recipe.name, model=recipe.model, seed=o.seed, figure=name, value=value, key=o.key)
        for o in outcomes
        for name, value in o.figures.items()
    ]
