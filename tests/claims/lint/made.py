"""Correct tables made at random, from shipped counts: their networks, way of counting, units, digits and format."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from effbench.models.shipped import USUAL, Network, shipped
from effbench.render.numbers import fixed

WAYS = ("macs", "flops", "fvcore")
SCALES = {"M": 10**6, "G": 10**9}
FORMATS = ("md", "csv", "tex", "html")


@dataclass(frozen=True)
class Made:
    """A table as a file. Attributes: ending; text."""

    ending: str
    text: str


def made(seed: int) -> Made:
    """A table of three to eight networks, counted in one way and rounded to one number of digits."""
    draw = random.Random(seed)
    way, ending = draw.choice(WAYS), draw.choice(FORMATS)
    rows = _networks(draw, way)
    decimals, in_head = draw.randint(1, 3), draw.random() < 0.5
    scale = "G" if all(row.costs[way] > 10**8 for row in rows) else "M"
    heads = ["Model", "Size", "Params (M)" if in_head else "#Params", f"FLOPs ({scale})" if in_head else "FLOPs"]
    lines = [[row.architecture, str(row.size), *_cells(row, way, scale, decimals, in_head=in_head)] for row in rows]
    if draw.random() < 0.5:
        heads.append("% FLOPs")
        for row, line in zip(rows, lines, strict=True):
            line.append(fixed(Fraction(100 * row.costs[way], rows[0].costs[way]), 1))
    return Made(ending, _written(ending, heads, lines))


def _networks(draw: random.Random, way: str) -> list[Network]:
    names = draw.sample(sorted(name for name in shipped().architectures if "/" not in name), 40)
    rows = [shipped().find(name, draw.choice((None, USUAL))) or shipped().architectures[name] for name in names]
    square = [row for row in rows if row.is_square and row.costs[way] > 10**7 and row.scopes]
    return square[: draw.randint(3, 8)]


def _cells(row: Network, way: str, scale: str, decimals: int, *, in_head: bool) -> list[str]:
    params = fixed(Fraction(row.scopes["all parameters"], 10**6), decimals)
    cost = fixed(Fraction(row.costs[way], SCALES[scale]), decimals)
    return [params, cost] if in_head else [f"{params}M", f"{cost}{scale}"]


def _written(ending: str, heads: list[str], lines: list[list[str]]) -> str:
    every = [heads, *lines]
    if ending == "csv":
        return "".join(",".join(line) + "\n" for line in every)
    if ending == "md":
        rule = ["---"] * len(heads)
        return "".join("| " + " | ".join(line) + " |\n" for line in (heads, rule, *lines))
    if ending == "html":
        rows = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>" for line in every)
        return "<table>" + "\n".join(rows) + "</table>\n"
    rows = (" & ".join(line).replace("%", r"\%").replace("#", r"\#").replace("_", r"\_") + r" \\" for line in every)
    return "\\begin{tabular}{" + "l" * len(heads) + "}\n" + "\n".join(rows) + "\n\\end{tabular}\n"
