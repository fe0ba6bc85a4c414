"""A recipe trained with its seeds: one run each, every result in one store, and what each exit got."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, MissingExtra
from effbench.stats.binomial import wilson
from effbench.stats.paired import interval
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.progress import Progress
from effbench.training.loop.recipe import Recipe
from effbench.training.recipes import exit_macs
from effbench.training.sweep.store import Store

Tell = Callable[[int, Progress], None]
"""Told the seed that runs, and where it is."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where and how runs are made.

    Attributes:
        out: folder of the experiment; a run is in ``seedK`` of it, the store beside them.
        root: of data sets on disk. device: cpu, cuda or auto. threads: of PyTorch; None as it finds the machine.
        logs: names in ``training.loop.sinks.LOGS``.
    """

    out: Path
    root: Path | None = None
    device: str = "auto"
    threads: int | None = None
    logs: tuple[str, ...] = ()

    def run(self, seed: int) -> Path:
        """The folder of a seed's run."""
        return self.out / f"seed{seed}"


def train_seeds(recipe: Recipe, seeds: Sequence[int], place: Place, tell: Tell) -> list[Outcome]:
    """Train with every seed, one after the other; what is done already is read, what was interrupted goes on.

    In a process that ``torchrun`` or ``training.loop.launch`` started, this is that process's part of the work.

    Raises:
        EffbenchError: bad input, or the disk is full. MissingExtra: no PyTorch.
    """
    if find_spec("torch") is None:
        raise MissingExtra("effbench train", "torch", "train")
    from effbench.training.loop.device import find_device, set_threads
    from effbench.training.loop.distributed import device_of, join, leave, together

    if place.threads is not None:
        set_threads(place.threads)
    device = device_of(str(find_device(place.device)))
    try:
        with together():
            team = join(device)
            return [_train(recipe, seed, place, device, team, tell) for seed in seeds]
    finally:
        leave()


def _train(recipe: Recipe, seed: int, place: Place, device: str, team: Any, tell: Tell) -> Outcome:
    from effbench.training.loop.run import train
    from effbench.training.loop.sinks import make_sink

    first = team.rank == 0
    about = {"recipe": recipe.name, "model": recipe.model, "data": recipe.data.name, "seed": seed}
    outcome = train(
        recipe,
        seed=seed,
        folder=place.run(seed),
        root=place.root,
        device=device,
        progress=lambda now: tell(seed, now),
        sinks=[make_sink(kind, place.run(seed), f"{recipe.name}, seed {seed}", about) for kind in place.logs if first],
        team=team,
    )
    if first:
        Store(place.out).add(outcome, {}, recipe.name)
    return outcome


def exit_rows(recipe: Recipe, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One row per run and exit: what an image costs that leaves there, and what the exit got on the test images.

    ``low`` and ``high``: 95 % score interval of the accuracy, over images.
    """
    return [row for outcome in outcomes for row in _run_rows(recipe, outcome)]


def _run_rows(recipe: Recipe, outcome: Outcome) -> list[dict[str, Any]]:
    costs = exit_macs(recipe) if outcome.exits else ()
    rows = []
    for number, (exit, cost) in enumerate(zip(outcome.exits, costs, strict=True), start=1):
        low, high = wilson(exit.top1, exit.images)
        rows.append(
            {
                "recipe": recipe.name,
                "model": recipe.model,
                "seed": outcome.seed,
                "exit": number,
                "macs": cost,
                "images": exit.images,
                "top1": exit.accuracy,
                "low": low,
                "high": high,
                "top5": exit.top5 / exit.images,
                "nll": exit.nll,
                "ece": exit.ece,
                "key": outcome.key,
            }
        )
    return rows


def seed_means(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per exit: means over the runs; ``low`` and ``high`` are Student's t interval of the accuracy over seeds.

    Raises:
        EffbenchError: fewer than two runs.
    """
    seeds = list(dict.fromkeys(row["seed"] for row in rows))
    if len(seeds) < 2:
        raise EffbenchError("a mean over seeds needs two of them")
    return [_mean([row for row in rows if row["exit"] == exit]) for exit in dict.fromkeys(row["exit"] for row in rows)]


def _mean(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found = interval([row["top1"] for row in rows])
    means = {name: sum(row[name] for row in rows) / len(rows) for name in ("top5", "nll", "ece")}
    same = {name: rows[0][name] for name in ("recipe", "model", "exit", "macs", "images")}
    return {
        **same,
        "seed": f"mean of {len(rows)}",
        "top1": found.mean,
        "low": max(found.low, 0.0),
        "high": min(found.high, 1.0),
        **means,
    }


def figure_rows(recipe: Recipe, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One row per run and figure, of tasks that have no exits."""
    return [
        {"recipe": recipe.name, "model": recipe.model, "seed": o.seed, "figure": name, "value": value, "key": o.key}
        for o in outcomes
        for name, value in o.figures.items()
    ]
