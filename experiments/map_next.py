"""Whether the cells that ``effbench heatmap --next`` names complete a map better than cells drawn at random.

``python experiments/map_next.py [--out reports/completion]`` takes six networks of a store for trained, drawn at
random, and spends a budget on more of them, once as ``--next`` names them and once at random. Both ways start with the
same networks and have the same budget, in multiply-accumulates of a training, of which each takes what still fits. The
completed map, with what was trained as it came out, is held against all trainings of the store. Which rule ``--next``
follows was chosen on digits and textures; other stores test it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from effbench.cost.convention import convention
from effbench.maps.completion import FEWEST, Completion
from effbench.maps.grid import Cell, trained_grid
from effbench.maps.selection import Network, Selected, every_recipe
from effbench.render.table import Column, of, render
from effbench.training.sweep.runs import trainings

SWEEPS = Path(__file__).parents[1] / "reports" / "sweeps"
CHOOSING = ("digits", "textures")
"""Stores on which the rule was chosen; all others test it."""

DRAWS = 100
BUDGETS = (0.2, 0.34)
"""Of what it costs to train all networks that are not trained at the start."""

LARGEST = 8
"""Layers of a branch."""

Order = Callable[[Completion, Sequence[Cell]], list[tuple[int, ...]]]
"""Cells that can be paid for, the first to be trained."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One store and budget.

    Attributes:
        next, random: error of the completed map, points, root mean square over its networks; mean of DRAWS.
        difference, low, high: of the two, next less random, with its bootstrap interval over draws.
    """

    store: str
    chooses: bool
    networks: int
    budget: float
    next: float
    random: float
    difference: float
    low: float
    high: float


def error(selected: Selected, known: Sequence[Network]) -> float:
    """Of the map completed from these networks, one training each."""
    made = Completion(replace(selected, networks=tuple(known)))
    seen = {one.layers: one.training.judged[0].exits[-1].accuracy for one in known}
    layers = [one.layers for one in selected.networks]
    guesses = [seen.get(one, mean) for one, (mean, _) in zip(layers, made.at(layers), strict=True)]
    truth = [np.mean([run.exits[-1].accuracy for run in one.training.judged]) for one in selected.networks]
    return float(100 * np.sqrt(np.mean((np.array(guesses) - np.array(truth)) ** 2)))


def spent(selected: Selected, cells: Sequence[Cell], start: Sequence[Network], share: float, order: Order) -> float:
    """The error once the budget is spent."""
    price = {cell.layers: cell.cost for cell in cells}
    known = [replace(one, training=replace(one.training, runs=one.training.judged[:1])) for one in start]
    left = {one.layers: one for one in selected.networks if one.layers not in {old.layers for old in start}}
    budget = share * sum(price[layers] for layers in left)
    while True:
        fits = [replace(cell, status="missing") for cell in cells if cell.layers in left and cell.cost <= budget]
        if not fits:
            return error(selected, known)
        layers = order(Completion(replace(selected, networks=tuple(known))), fits)[0]
        budget -= price[layers]
        one = left.pop(layers)
        known.append(replace(one, training=replace(one.training, runs=one.training.judged[:1])))


def named(made: Completion, cells: Sequence[Cell]) -> list[tuple[int, ...]]:
    """As ``--next`` names them."""
    return [one.layers for one in made.next(cells, 1)]


def case_of(store: str, selected: Selected, share: float) -> Case:
    """DRAWS draws of one store at one budget."""
    cells = trained_grid(selected, convention("macs"), max_layers=LARGEST).cells
    draw, pairs = np.random.default_rng(0), []

    def at_random(_: Completion, fits: Sequence[Cell]) -> list[tuple[int, ...]]:
        return [fits[draw.integers(len(fits))].layers]

    for _ in range(DRAWS):
        start = [selected.networks[i] for i in draw.permutation(len(selected.networks))[:FEWEST]]
        pairs.append([spent(selected, cells, start, share, order) for order in (named, at_random)])
    both = np.array(pairs)
    apart = both[:, 0] - both[:, 1]
    means = apart[draw.integers(len(apart), size=(4000, len(apart)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Case(
        store=store,
        chooses=store in CHOOSING,
        networks=len(selected.networks),
        budget=share,
        next=float(both[:, 0].mean()),
        random=float(both[:, 1].mean()),
        difference=float(apart.mean()),
        low=float(low),
        high=float(high),
    )


def columns() -> list[Column[Case]]:
    """Of the page."""
    return [
        of("store", lambda case: case.store),
        of("chose the rule", lambda case: "yes" if case.chooses else "no"),
        of("networks", lambda case: case.networks, right=True),
        of("budget", lambda case: case.budget, "{:.0%}".format, right=True),
        of("error, points, --next", lambda case: case.next, "{:.2f}".format, right=True),
        of("at random", lambda case: case.random, "{:.2f}".format, right=True),
        Column("difference", lambda case: f"{case.difference:+.2f} [{case.low:+.2f}, {case.high:+.2f}]"),
    ]


def main() -> None:
    """Measure and print; with ``--out`` also write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder for next.md and next.json")
    args = parser.parse_args()
    rows = []
    for path in sorted(SWEEPS.glob("*/results.jsonl")):
        selected = every_recipe(trainings([path]))[0]
        if len(selected.networks) > 2 * FEWEST:
            rows += [case_of(path.parent.name, selected, share) for share in BUDGETS]
    notes = [
        f"{FEWEST} networks to start with, {DRAWS} draws a case; the budget is a share of what all others would cost.",
        "Errors over all networks of the store, those that were trained as they came out; 95 % intervals by a "
        "bootstrap over draws.",
    ]
    text = render(rows, columns(), "markdown", title="Does --next complete a map better than chance?", notes=notes)
    print(text)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "next.md").write_text(f"{text}\nMade by `python experiments/map_next.py --out {args.out}`.\n")
        (args.out / "next.json").write_text(json.dumps(list(map(asdict, rows)), indent=1) + "\n")


if __name__ == "__main__":
    main()
