"""The table of all recipes, from their headers.

Command:  python experiments/index.py > experiments/README.md
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent

INTRODUCTION = """\
# Experiments

One file a recipe: what is trained, on which images, how. The header of each says how to run it, what is known of its
hardware, runtime and result, and, where it follows a paper, what the paper states and what had to be chosen.
`effbench train NAME` trains the model in the file; where there is a table `sweep`,
`effbench sweep experiments/NAME.toml` trains all of its models. Recipes without a paper's set use images that need no
download.

Made by `python experiments/index.py > experiments/README.md`; the papers' figures are in the headers.
"""


def title(text: str) -> str:
    """The first line of a header."""
    return text.partition("\n")[0].removeprefix("#").strip()


def field(text: str, name: str) -> str:
    """What a header says under ``name:``, its lines joined; empty if it says nothing of it."""
    found = re.search(rf"^# {name}:[ ]*(.*(?:\n#  .*)*)", text, re.MULTILINE)
    return " ".join(line.removeprefix("#").strip() for line in found[1].splitlines()) if found else ""


def table() -> str:
    """Markdown: a row a recipe."""
    rows = []
    for path in sorted(HERE.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        cells = (f"[{path.stem}]({path.name})", title(text), field(text, "Result").partition(";")[0])
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(["| recipe | what it is | result |", "| :-- | :-- | :-- |", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(f"{INTRODUCTION}\n{table()}")
