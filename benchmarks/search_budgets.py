"""Do winners of ``effbench search --machine here`` keep their latency budget, and how near are they to the best?

``python benchmarks/search_budgets.py [--out reports/prediction]`` needs ``effbench predict --calibrate`` and a quiet
machine. It draws budgets of time at random, between the fastest and the slowest layout of a space, searches the space,
and times every winner again, all side by side, in a run of its own. Then a small space of trained layouts is measured
whole: a winner is held against the most accurate layout that keeps the budget by the clock.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from effbench.render.table import Column, of, render
from effbench.selection.budget import Budget
from effbench.selection.family import search_family
from effbench.selection.finalists import Here, times
from effbench.selection.map_accuracy import AccuracyMap, read_map
from effbench.selection.space import Space, own_width, space
from effbench.stats.binomial import wilson

FAMILY, DATASET = "ravit_cifar10", "cifar10"
STORE = Path(__file__).parents[1] / "reports" / "sweeps" / DATASET / "results.jsonl"
BUDGETS = 20
LARGE = {"layers": (0, 6), "branches": (1, 2)}
SMALL = {"layers": (0, 4), "branches": (2, 2)}
"""The layouts of these that were trained are measured whole."""


@dataclass(frozen=True, kw_only=True)
class Won:
    """One budget.

    Attributes:
        budget: seconds. model: the winner; empty where nothing keeps it. seconds: of the winner, timed again. top1: its
            accuracy in the map. best: of the layouts that keep the budget by the clock; None in the large space.
    """

    budget: float
    model: str = ""
    seconds: float | None = None
    top1: float | None = None
    best: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the clock says so, too."""
        return self.seconds is not None and self.seconds <= self.budget


def winner(within: Space, known: AccuracyMap, seconds: float, here: Here) -> str:
    """Of a search under that budget."""
    found = search_family(within, Budget(latency=seconds), known, machine="here", max_loss=1.0, here=here)
    return found.rows[0].model if found.rows else ""


def seconds_of(models: Sequence[str], here: Here) -> dict[str, float]:
    """Model -> seconds of one image, timed side by side, some at a time."""
    found: dict[str, float] = {}
    names = sorted(set(models))
    for first in range(0, len(names), 16):
        part = names[first : first + 16]
        rates = times([here.job(name, None) for name in part], here).rates
        found |= {name: 1 / rate for name, rate in zip(part, rates, strict=True)}
    return found


def budgets(draw: random.Random, fastest: float, slowest: float) -> list[float]:
    """Between the two, evenly in the logarithm."""
    return [fastest * (slowest / fastest) ** draw.uniform(0.05, 0.95) for _ in range(BUDGETS)]


def large(known: AccuracyMap, here: Here, draw: random.Random) -> list[Won]:
    """Random budgets of the large space."""
    width = own_width(FAMILY)
    within = space(FAMILY, LARGE["layers"], LARGE["branches"], (width, width))
    ends = seconds_of([within.name((1, 0), width), within.name((LARGE["layers"][1],) * 2, width)], here)
    asked = budgets(draw, min(ends.values()), max(ends.values()))
    models = [winner(within, known, one, here) for one in asked]
    again = seconds_of([one for one in models if one], here)
    return [Won(budget=one, model=name, seconds=again.get(name)) for one, name in zip(asked, models, strict=True)]


def small(known: AccuracyMap, here: Here, draw: random.Random) -> list[Won]:
    """Random budgets of a space whose trained layouts are all measured."""
    width = own_width(FAMILY)
    within = space(FAMILY, SMALL["layers"], SMALL["branches"], (width, width))
    named = {within.name((0,) * (2 - len(layers)) + layers, width): one for layers, one in known.trained.items()}
    measured = seconds_of(list(named), here)
    found = []
    for one in budgets(draw, min(measured.values()), max(measured.values())):
        keeping = [named[name].accuracy for name, seconds in measured.items() if seconds <= one]
        model = winner(within, known, one, here)
        top1 = named[model].accuracy if model in named else None
        again = measured.get(model)
        found.append(Won(budget=one, model=model, seconds=again, top1=top1, best=max(keeping, default=None)))
    return found


def columns() -> list[Column[Won]]:
    """Of the page."""
    return [
        of("budget, ms", lambda row: 1000 * row.budget, "{:.2f}".format, right=True),
        of("winner", lambda row: row.model or "none"),
        of("timed again, ms", lambda row: row.seconds and 1000 * row.seconds, "{:.2f}".format, right=True),
        of("kept", lambda row: "yes" if row.kept else "no"),
        of("accuracy", lambda row: row.top1, "{:.2%}".format, right=True),
        of("of the best that keeps it", lambda row: row.best, "{:.2%}".format, right=True),
    ]


def main() -> None:
    """Measure and print; with ``--out`` also write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clock", choices=("wall", "cpu"), default="cpu")
    parser.add_argument("--out", type=Path, help="folder for search.md and search.json")
    args = parser.parse_args()
    known, draw = read_map(STORE, DATASET), random.Random(0)
    here = Here(clock=args.clock)
    one, two = large(known, here, draw), small(known, here, draw)
    won = [row for row in one if row.model]
    low, high = wilson(sum(row.kept for row in won), len(won))
    both = [row for row in two if row.top1 is not None and row.best is not None]
    near = sum(row.best - row.top1 <= 0.01 for row in both if row.best is not None and row.top1 is not None)
    notes = [
        f"{sum(row.kept for row in won)} of {len(won)} winners keep their budget [{low:.0%}, {high:.0%}], by "
        f"{args.clock} time.",
        f"In the small space {near} of {len(both)} winners are within 1 point of the best trained layout that keeps "
        "the budget.",
    ]
    text = render([*one, *two], columns(), "markdown", title="Winners of a search, timed again", notes=notes)
    print(text)
    if args.out:
        (args.out / "search.md").write_text(
            f"{text}\nMade by `python benchmarks/search_budgets.py --out {args.out}`.\n"
        )
        document = {"clock": args.clock, "large": list(map(asdict, one)), "small": list(map(asdict, two))}
        (args.out / "search.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
