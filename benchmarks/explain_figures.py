"""How many published figures ``effbench explain`` gets right: the first answer against what each figure is.

``python benchmarks/explain_figures.py`` reads ``tests/claims/data/published_figures.csv`` and prints what is wrong,
then the share that is right with its 95 % interval. It needs the extra ``measure``.
"""

from __future__ import annotations

import csv
from pathlib import Path

from effbench.claims.answer import answer
from effbench.errors import EffbenchError
from effbench.stats.binomial import wilson

FIGURES = Path(__file__).parents[1] / "tests" / "claims" / "data" / "published_figures.csv"


def first_answer(row: dict[str, str]) -> str:
    """What is answered first; ``none`` where nothing holds, ``ambiguous`` where a unit is asked for."""
    found = answer(row["model"], int(row["size"]), row["value"])
    if found.ambiguous:
        return "ambiguous"
    return found.first.convention if found.first.holds else "none"


def main() -> None:
    """Ask for every figure."""
    rows = list(csv.DictReader(FIGURES.read_text(encoding="utf-8").splitlines()))
    right = 0
    for row in rows:
        try:
            said = first_answer(row)
        except EffbenchError as error:
            said = str(error)
        if said.startswith(row["answer"]):
            right += 1
        else:
            print(f"{row['model']} at {row['size']}, {row['value']}: {said}, should be {row['answer']}")
    low, high = wilson(right, len(rows))
    print(f"{right} of {len(rows)} right: {right / len(rows):.1%} [{low:.1%}, {high:.1%}]")


if __name__ == "__main__":
    main()
