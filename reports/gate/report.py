"""Error rates of the gate from the measured pairs.

``python reports/gate/report.py`` writes beside this file ``error_rates.md`` and ``.csv`` (tables), ``error_rates.png``
and ``.svg`` (figure) and ``calibration.json`` (of the machine the pairs come from).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median, stdev
from typing import Any

import numpy as np
from collect import HERE, LEVELS, MODELS, PAIRS, SLOWED, side
from end_to_end import RUNS

from effbench.files import journal
from effbench.files.atomic import write_files
from effbench.gate.calibration import of_pairs
from effbench.gate.pairs import pair_of
from effbench.gate.power import DRAWS, Rates, rates
from effbench.gate.sequential import Plan
from effbench.render.canvas import COLOURS, canvas
from effbench.render.numbers import fixed
from effbench.render.table import column, render
from effbench.stats.paired import interval

PLAN = Plan()
SHIFTS = [0.002 * i for i in range(51)]
"""Slow-downs added by arithmetic for the curve: 0 to 10 %."""

Row = dict[str, Any]


def percent(value: float, digits: int = 1) -> str:
    return f"{fixed(100 * value, digits)} %"


def ratios(entries: Sequence[Row], clock: str) -> np.ndarray:
    """(pairs, models) log ratios."""
    return np.array([[pair.log_ratio(model, clock) for model in MODELS] for pair in map(pair_of, entries)])


def drawn(entries: Sequence[Row], gated: str, model: int, slower: float = 0.0) -> Rates:
    """Complete runs drawn from these pairs: gated on CPU time as the gate does, or on wall time and nothing else."""
    return rates(ratios(entries, gated), ratios(entries, "wall"), PLAN, model=model, slower=slower)


def level_rows(by_level: dict[int, list[Row]]) -> list[Row]:
    """A row for each slow-down, model and clock that decides."""
    rows = []
    for level, entries in by_level.items():
        for model, name in enumerate(MODELS):
            for gated in ("cpu", "wall"):
                found, own = drawn(entries, gated, model), ratios(entries, gated)[:, model]
                measured = interval(list(own))
                rows.append(
                    {
                        "injected": level / 100 if name == SLOWED else 0.0,
                        "model": name,
                        "clock": gated,
                        "pairs": len(entries),
                        "change": math.expm1(measured.mean),
                        "low": math.expm1(measured.low),
                        "high": math.expm1(measured.high),
                        "sd": stdev(own),
                        "fail": found.fail,
                        "pass": found.passes,
                        "inconclusive": found.inconclusive,
                        "any_fail": found.any_fail,
                        "mean_pairs": found.pairs,
                        "minutes": found.pairs * median(entry["seconds"] for entry in entries) / 60,
                    }
                )
    return rows


def run_rows() -> list[Row]:
    """What complete calls of the gate said, by slow-down."""
    calls = [entry for entry in journal.read(RUNS) if "percent" in entry]
    rows = []
    for level in LEVELS:
        own = [call for call in calls if call["percent"] == level]
        if not own:
            continue
        said = [row["verdict"] for call in own for row in call["rows"] if row["model"] == SLOWED]
        other = [row["verdict"] for call in own for row in call["rows"] if row["model"] != SLOWED]
        rows.append(
            {
                "injected": level / 100,
                "calls": len(own),
                "slowed": ", ".join(f"{said.count(word)} {word}" for word in sorted(set(said))),
                "other": ", ".join(f"{other.count(word)} {word}" for word in sorted(set(other))),
                "exits": ", ".join(str(call["exit"]) for call in own),
                "load": f"{min(call['load'] for call in own)} to {max(call['load'] for call in own)}",
                "minutes": median(call["seconds"] for call in own) / 60,
            }
        )
    return rows


LEVEL_COLUMNS = [
    column("injected", "injected", lambda value: percent(value, 0), right=True),
    column("model", "model"),
    column("clock", "clock"),
    column("pairs", "pairs", right=True),
    column("measured", "change", lambda value: percent(value, 2), right=True),
    column("sd of a pair", "sd", lambda value: percent(value, 2), right=True),
    column("FAIL", "fail", percent, right=True),
    column("PASS", "pass", percent, right=True),
    column("INCONCLUSIVE", "inconclusive", percent, right=True),
    column("pairs used", "mean_pairs", lambda value: fixed(value, 1), right=True),
    column("minutes", "minutes", lambda value: fixed(value, 1), right=True),
]
RUN_COLUMNS = [
    column("injected", "injected", lambda value: percent(value, 0), right=True),
    column("calls", "calls", right=True),
    column(SLOWED, "slowed"),
    column(MODELS[1], "other"),
    column("exit codes", "exits"),
    column("load after", "load"),
    column("minutes each", "minutes", lambda value: fixed(value, 1), right=True),
]


def text(rows: Sequence[Row], runs: Sequence[Row], head: Row) -> str:
    """The page."""
    about = head["conditions"]
    loads = sorted(entry["load"] for entry in journal.read(PAIRS) if entry.get("load") is not None)
    conditions = [
        f"{about['cpu']}, {about['cores']} cores, one of them kept busy by a loop; load average {loads[0]} to "
        f"{loads[-1]}, median {median(loads)}; torch {about['libraries']['torch']}, commit {about['commit'][:8]}.",
        f"Plan: margin {percent(PLAN.margin, 0)}, alpha {percent(PLAN.alpha, 0)} over all models and looks, looks "
        f"after {', '.join(map(str, PLAN.looks))} pairs; {head['rounds']} rounds in a pair. Each row: {DRAWS:,} runs "
        "drawn with replacement from the measured pairs.",
        "injected: matrix products that really ran inside the head's network, until that share of its own thread CPU "
        "time was spent. measured: mean over the pairs. clock wall: what a gate on wall time alone would say.",
    ]
    load = next((entry["load"] for entry in journal.read(RUNS)), "")
    said = [f"Load: {load}. The slow-down is a commit; both sides are built anew for each call."]
    parts = [
        "<!-- python reports/gate/report.py -->",
        render(rows, LEVEL_COLUMNS, "markdown", title="Verdicts drawn from measured worker pairs", notes=conditions),
        render(runs, RUN_COLUMNS, "markdown", title="Complete calls of `effbench gate run`", notes=said)
        if runs
        else "",
        "![Verdicts against the true slow-down](error_rates.svg)",
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def figure(by_level: dict[int, list[Row]]) -> dict[str, bytes]:
    """Share of FAIL against the slow-down: added by arithmetic to identical pairs (lines), really injected (points)."""
    model = MODELS.index(SLOWED)
    title = f"{SLOWED}: margin {percent(PLAN.margin, 0)} (dotted), at most {PLAN.looks[-1]} worker pairs"
    with canvas(size=(6, 3.4), title=title) as paper:
        (axes,) = paper.axes
        for gated, colour, mark in (("cpu", COLOURS[0], "o"), ("wall", COLOURS[1], "s")):
            curve = [100 * drawn(by_level[0], gated, model, slower).fail for slower in SHIFTS]
            axes.plot(
                [100 * slower for slower in SHIFTS], curve, color=colour, label=f"{gated} time, added by arithmetic"
            )
            points = [100 * drawn(entries, gated, model).fail for entries in by_level.values()]
            axes.plot(list(by_level), points, mark, color=colour, label=f"{gated} time, injected")
        axes.axvline(100 * PLAN.margin, color="#666666", linewidth=0.8, linestyle=":")
        axes.set(xlabel="true slow-down, %", ylabel="gate runs that FAIL, %", ylim=(-3, 103))
        axes.legend(loc="lower right")
    return paper.images


def main() -> None:
    head, *pairs = journal.read(PAIRS)
    good = [entry for entry in pairs if not entry["failed"]]
    by_level = {level: [entry for entry in good if entry["percent"] == level] for level in LEVELS}
    rows = level_rows(by_level)
    found = of_pairs(head["conditions"]["machine"], map(pair_of, by_level[0]), side(0).jobs)
    files: dict[Path, bytes] = {
        HERE / "error_rates.csv": render(rows, [], "csv").encode(),
        HERE / "error_rates.md": text(rows, run_rows(), head).encode(),
        HERE / "calibration.json": json.dumps(found.as_dict()).encode() + b"\n",
        **{HERE / f"error_rates.{kind}": content for kind, content in figure(by_level).items()},
    }
    write_files(files)


if __name__ == "__main__":
    main()
