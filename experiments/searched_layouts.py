"""Who is trained in ``ravit_cifar10_searched.toml``: what a search finds at the time of the paper's RAViT 1-3, here.

``python experiments/searched_layouts.py`` needs ``effbench predict --calibrate``. By predicted processor time of this
machine it prints 1-3; the best that ``search`` finds in that time at the width of the paper, and at widths from 64 to
256; and three layouts of the same space, drawn at random, that take 90 to 100 % of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from effbench.counting.time_terms import timeable
from effbench.models.registry import resolve
from effbench.prediction.here import machine
from effbench.selection.budget import Budget
from effbench.selection.family import search_family
from effbench.selection.finalists import Here
from effbench.selection.map_accuracy import read_map
from effbench.selection.space import Space, own_width, space

FAMILY, PAPERS = "ravit_cifar10", "ravit_cifar10:1-3"
STORE = Path(__file__).parents[1] / "reports" / "sweeps" / "cifar10" / "results.jsonl"
LAYERS, BRANCHES, WIDTHS = (0, 6), (1, 2), (64, 256)
DRAWN = 3


def seconds(name: str) -> float:
    """Predicted processor time of one image."""
    return machine(1, "cpu").predict(timeable(resolve(name)), 1).seconds


def drawn(within: Space, budget: float) -> Iterator[str]:
    """Layouts that take 90 to 100 % of the budget, in the order of their draw."""
    draw = Random(0)
    while True:
        layers = tuple(draw.randint(*within.layers) for _ in range(draw.randint(*within.branches)))
        name = within.name(layers, draw.choice(list(within.widths)))
        if layers[0] and layers[-1] and 0.9 * budget <= seconds(name) <= budget:
            yield name


def main() -> None:
    budget, own = seconds(PAPERS), own_width(FAMILY)
    print(f"{PAPERS}  {1000 * budget:.2f} ms")
    known = read_map(STORE, "cifar10")
    for width in ((own, own), WIDTHS):
        within = space(FAMILY, LAYERS, BRANCHES, width)
        found = search_family(
            within,
            Budget(latency=budget),
            known,
            machine="here",
            max_loss=1.0,
            here=Here(clock="cpu"),
        )
        print(f"{found.rows[0].model}  {1000 * seconds(found.rows[0].model):.2f} ms, found at widths {width}")
    for name in islice(drawn(space(FAMILY, LAYERS, BRANCHES, WIDTHS), budget), DRAWN):
        print(f"{name}  {1000 * seconds(name):.2f} ms, drawn")


if __name__ == "__main__":
    main()
