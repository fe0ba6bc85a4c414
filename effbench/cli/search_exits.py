"""``effbench search --runs DIR``: trained networks with early exits."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from effbench.cli.search import NONE_FOUND
from effbench.errors import EffbenchError, MissingExtra
from effbench.files.atomic import emit
from effbench.render.formats import is_exact
from effbench.render.numbers import fixed, scaled, significant
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.selection.budget import Budget
    from effbench.selection.exits import Exiting
    from effbench.selection.finalists import Here

LOSS, DELTA = 0.01, 0.05


def search_exits(args: argparse.Namespace, here: Here, budget: Budget) -> int:
    """The runs that meet the budgets on average; returns the exit code."""
    try:
        import scipy  # noqa: F401 - is it there? its parts are imported where they are used

        from effbench.selection.exits import search_exits as found
    except ImportError as error:
        raise MissingExtra("effbench search --runs", error.name or "numpy", "measure") from None
    if args.family is not None or args.best != "top1":
        raise EffbenchError("--runs is about trained networks, the most accurate first: leave FAMILY and --sort out")
    loss = LOSS if args.exit_loss is None else args.exit_loss
    promise = (loss, DELTA if args.delta is None else args.delta)
    rows, others = found(args.runs, budget, machine=args.machine, promise=promise, here=here)
    exact = is_exact(args.format)
    shown = rows or ([] if exact else others[:3])
    columns = COLUMNS if args.machine else [one for one in COLUMNS if not one.title.endswith("time")]
    title = f"{len(rows)} trained networks meet the budgets" + ("" if rows else "; these come nearest")
    emit(render(shown[: args.limit], columns, args.format, title=title, notes=_notes(shown, promise)), args.output)
    return 0 if rows else NONE_FOUND


def _notes(rows: Sequence[Exiting], promise: tuple[float, float]) -> list[str]:
    missed = [f"{row.model}: the cost it misses most is {row.excess:.3g} times its budget." for row in rows]
    return [
        *(note for note, row in zip(missed, rows, strict=True) if row.excess > 1),
        f"promised: early exits lose at most {fixed(100 * promise[0], 2)} points, in "
        f"{fixed(100 * (1 - promise[1]), 1)} % of calibrations; thresholds of the entropy, chosen on other images than "
        "those that judge them.",
        "Budgets hold for the mean of the test images; worst: an image that leaves at the last exit. Times are "
        "predicted.",
    ]


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{significant(1000 * value, 3)} ms"


COLUMNS: Sequence[Column[Exiting]] = [
    of("model", lambda row: row.model),
    of("top-1, no exits", lambda row: f"{fixed(100 * row.full, 2)} %", right=True),
    of("top-1", lambda row: f"{fixed(100 * row.top1, 2)} %", right=True),
    Column("thresholds", lambda row: " ".join(f"{one:.3g}" for one in row.thresholds), right=True),
    Column("leave at each exit", lambda row: " / ".join(f"{fixed(100 * one, 1)} %" for one in row.exits), right=True),
    of("mean MACs", lambda row: int(row.macs), scaled, right=True),
    of("worst MACs", lambda row: row.worst, scaled, right=True),
    of("params", lambda row: row.params, scaled, right=True),
    of("mean time", lambda row: _seconds(row.seconds), right=True),
    of("worst time", lambda row: _seconds(row.seconds_worst), right=True),
    of("run", lambda row: row.run),
]
