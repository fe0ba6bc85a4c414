"""How often the intervals of ``effbench heatmap --complete`` hold: on stores that set their width, and on others.

``python experiments/map_completion.py [--out reports/completion]`` draws networks of each store at random, predicts the
others from them, and counts how many of their trainings lie within the interval. The width is the smallest at which
95 % do over all cases of the stores that set it; it is printed beside the one in the package. Networks of one store are
drawn again and again, so what they say is not independent: a coverage's interval is by a bootstrap over networks.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np

from effbench.maps.completion import FEWEST, WIDTH, WIDTH_ONE_SEED, Completion
from effbench.maps.selection import Selected, every_recipe
from effbench.render.table import Column, of, render
from effbench.training.sweep.runs import trainings

SWEEPS = Path(__file__).parents[1] / "reports" / "sweeps"
SETTING = ("digits", "textures")
"""Stores by which the width is set; all others test it."""

DRAWS = {True: 60, False: 400}
"""Of stores that set the width, and of those that test it."""

SHARES = (0.34, 0.5)
"""Of a store's networks that are taken for trained, where that is enough of them."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One store, so many of its networks taken for trained, with so many seeds.

    Attributes:
        held: shares of the other networks' trainings within the interval, with its bootstrap interval over networks.
        rmse, rmse_mean: error of the prediction, and of the mean of the trained ones, in points.
        half: median half width, in points.
    """

    store: str
    sets_width: bool
    networks: int
    trained: int
    seeds: int
    held: float
    held_low: float
    held_high: float
    rmse: float
    rmse_mean: float
    half: float


@dataclass(frozen=True)
class Error:
    """Of a prediction of one training. Attributes: cell: which network; off, mean_off: in points; half: of width 1."""

    cell: int
    off: float
    mean_off: float
    half: float


def errors_of(selected: Selected, trained: int, seeds: int, draws: int) -> list[Error]:
    """Predictions of the networks that were not drawn."""
    random, found = np.random.default_rng(0), []
    for _ in range(draws):
        order = random.permutation(len(selected.networks))
        kept = [selected.networks[place] for place in sorted(order[:trained])]
        few = [replace(one, training=replace(one.training, runs=tuple(one.training.judged[:seeds]))) for one in kept]
        known = [run.exits[-1].accuracy for one in few for run in one.training.judged]
        made = Completion(replace(selected, networks=tuple(few)))
        hidden = [selected.networks[place] for place in order[trained:]]
        for place, one, (mean, half) in zip(
            order[trained:], hidden, made.at([one.layers for one in hidden]), strict=True
        ):
            for run in one.training.judged:
                truth = run.exits[-1].accuracy
                found.append(
                    Error(
                        int(place), 100 * (truth - mean), 100 * float(truth - np.mean(known)), 100 * half / made.width
                    )
                )
    return found


def case_of(store: str, selected: Selected, trained: int, seeds: int, errors: Sequence[Error], width: float) -> Case:
    """What the errors say at that width."""
    held = np.array([abs(one.off) <= width * one.half for one in errors], dtype=float)
    cells = np.array([one.cell for one in errors])
    names = np.unique(cells)
    sums = np.array([[held[cells == name].sum(), (cells == name).sum()] for name in names])
    drawn = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), size=4000) @ sums
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return Case(
        store=store,
        sets_width=store in SETTING,
        networks=len(selected.networks),
        trained=trained,
        seeds=seeds,
        held=float(held.mean()),
        held_low=float(low),
        held_high=float(high),
        rmse=float(np.sqrt(np.mean([one.off**2 for one in errors]))),
        rmse_mean=float(np.sqrt(np.mean([one.mean_off**2 for one in errors]))),
        half=float(np.median([width * one.half for one in errors])),
    )


def cases(root: Path) -> list[tuple[str, Selected, int, int, list[Error]]]:
    """Every store, number of trained networks and number of seeds, with the errors of the predictions."""
    found = []
    for path in sorted(root.glob("*/results.jsonl")):
        selected = every_recipe(trainings([path]))[0]
        most = max(len(network.training.judged) for network in selected.networks)
        numbers = {max(FEWEST, round(share * len(selected.networks))) for share in SHARES}
        for trained in sorted(number for number in numbers if number < len(selected.networks) - 1):
            for seeds in sorted({1, most}):
                store = path.parent.name
                errors = errors_of(selected, trained, seeds, DRAWS[store in SETTING])
                found.append((store, selected, trained, seeds, errors))
    return found


def width_of(found: Sequence[tuple[str, Selected, int, int, list[Error]]], several: bool) -> float:
    """The smallest at which 95 % of the trainings lie within, every case of SETTING counting the same."""
    own = [errors for store, _, _, seeds, errors in found if store in SETTING and (seeds > 1) == several]
    needed = [np.array([abs(one.off) / one.half for one in errors]) for errors in own]
    return next(w for w in np.arange(0.5, 10, 0.01) if np.mean([(ratio <= w).mean() for ratio in needed]) >= 0.95)


def columns() -> list[Column[Case]]:
    """Of the page."""
    return [
        of("store", lambda case: case.store),
        of("sets the width", lambda case: "yes" if case.sets_width else "no"),
        Column("trained", lambda case: f"{case.trained} of {case.networks}", right=True),
        of("seeds", lambda case: case.seeds, right=True),
        Column("held", lambda case: f"{100 * case.held:.0f} % [{100 * case.held_low:.0f}, {100 * case.held_high:.0f}]"),
        of("error, points", lambda case: case.rmse, "{:.2f}".format, right=True),
        of("of the mean", lambda case: case.rmse_mean, "{:.2f}".format, right=True),
        of("half width", lambda case: case.half, "{:.1f}".format, right=True),
    ]


def main() -> None:
    """Measure and print; with ``--out`` also write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder for README.md and coverage.json")
    args = parser.parse_args()
    found = cases(SWEEPS)
    widths = {False: WIDTH_ONE_SEED, True: WIDTH}
    needed = {several: ceil(10 * width_of(found, several)) / 10 for several in widths}
    rows = [case_of(*one, widths[one[3] > 1]) for one in found]
    sets = " and ".join(SETTING)
    notes = [
        f"Widths in the package: {WIDTH_ONE_SEED} with one seed, {WIDTH} with several; what {sets} need for 95 %, "
        f"rounded up: {needed[False]} and {needed[True]}. Tested on stores that set neither.",
        f"{DRAWS[True]} draws a case, {DRAWS[False]} of stores that set no width; in brackets 95 % intervals by a "
        "bootstrap over networks.",
        "Errors are of single trainings, root mean square: of the prediction, and of the mean of trained networks.",
    ]
    text = render(rows, columns(), "markdown", title="Do the intervals of a completed map hold?", notes=notes)
    print(text)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        made = f"Made by `python experiments/map_completion.py --out {args.out}`."
        (args.out / "README.md").write_text(f"{text}\n{made}\n")
        document = {"widths": list(widths.values()), "needed": list(needed.values()), "cases": list(map(asdict, rows))}
        (args.out / "coverage.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
