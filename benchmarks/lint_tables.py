"""How well ``effbench lint`` finds what is wrong in labelled tables: precision and recall with 95 % intervals.

``python benchmarks/lint_tables.py [dev|frozen|unseen]`` reads ``tests/claims/lint``. A finding counts against a figure
that is labelled right, and a figure that is labelled wrong counts if anything is found about it; ``optional`` ones
count for neither, what is called undecidable is no finding, and findings about a whole column or table, which have no
labels, are left out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from effbench.claims.lint.check import check_file
from effbench.claims.lint.names import names_file
from effbench.stats.binomial import wilson

TABLES = Path(__file__).parents[1] / "tests" / "claims" / "lint"

Key = tuple[str, str, str]


def key(row: str, column: str, printed: str) -> Key:
    """What a figure is found by."""
    return row, column, printed.replace(" ", "")


def outcomes(half: Path) -> Iterator[tuple[str, str]]:
    """(``right``, ``wrong`` or ``missed``, figure) of every finding, and of every expected one that is not made."""
    names = names_file(half / "names.toml")
    for labels in sorted(half.glob("*.json")):
        table = next(path for path in half.glob(f"{labels.stem}.*") if path.suffix != ".json")
        figures = json.loads(labels.read_text(encoding="utf-8"))["figures"]
        expected = {key(one["row"], one["column"], one["printed"]): one["finding"] for one in figures}
        found = {
            key(one.row, one.column, one.printed)
            for checked in check_file(table, names)
            for one in checked.findings
            if one.is_fault and one.row
        }
        for one in sorted(found):
            if expected.get(one) != "optional":
                yield "right" if expected.get(one) else "wrong", f"{table.name}: {', '.join(one)}"
        for one, finding in expected.items():
            if finding not in (None, "optional") and one not in found:
                yield "missed", f"{table.name}: {', '.join(one)}"


def share(name: str, part: int, whole: int) -> str:
    """``precision 24 of 25: 96.0% [80.5%, 99.3%]``."""
    low, high = wilson(part, whole)
    return f"{name} {part} of {whole}: {part / whole:.1%} [{low:.1%}, {high:.1%}]"


def main() -> None:
    """Both numbers of one half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=("dev", "frozen", "unseen"), nargs="?", default="frozen")
    parser.add_argument("--show", action="store_true", help="name the figures (never while rules are written)")
    args = parser.parse_args()
    found = list(outcomes(TABLES / args.half))
    tally = Counter(kind for kind, _ in found)
    if args.show:
        print("\n".join(f"{kind}: {figure}" for kind, figure in found if kind != "right"))
    print(share("precision", tally["right"], tally["right"] + tally["wrong"]))
    print(share("recall", tally["right"], tally["right"] + tally["missed"]))


if __name__ == "__main__":
    main()
