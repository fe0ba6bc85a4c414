"""What the predictions and the search promise, measured: families held out, seconds of a search, layouts a second.

    python reports/prediction/record.py

Writes ``record.md`` and ``record.json`` beside this file. This machine's own predictions are in ``here.json``.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from effbench.prediction.fitting import make
from effbench.prediction.published import SOURCE, published
from effbench.processes import environment
from effbench.selection.budget import Budget
from effbench.selection.front import limits, priced
from effbench.selection.space import space, spans

HERE = Path(__file__)
SEARCH = ["search", "--max-macs", "5G", "--max-params", "30M", "--sort", "top1"]
CALLS = 9


def validated() -> list[dict[str, object]]:
    """A row a setting; families of inference and training are held out alike."""
    return [vars(make(setting).validation) for setting in published().settings]


def search_seconds() -> dict[str, float]:
    """Of the search in fresh processes: the median and the best wall time, and processor time."""
    wall, before = [], resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(CALLS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "effbench", *SEARCH], check=True, capture_output=True)
        wall.append(time.perf_counter() - began)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = sum(getattr(after, name) - getattr(before, name) for name in ("ru_utime", "ru_stime"))
    return {
        "wall_median": round(median(wall), 3),
        "wall_best": round(min(wall), 3),
        "processor": round(used / CALLS, 3),
    }


def layouts_per_second() -> dict[str, float]:
    """Of a space of 65^4 layouts held against budgets of MACs and parameters, by processor time; best of CALLS."""
    within, best = space("ravit_cifar10", (0, 64), (4, 4), (64, 64)), 0.0
    for _ in range(CALLS):
        began = time.process_time()
        for one in priced(within, None):
            first, last = spans(within, one.branches, limits(Budget(macs=1e8, params=2e6), one))
            met = int((last - first).sum())
        best = max(best, within.size / (time.process_time() - began))
    return {"layouts": within.size, "met": met, "layouts_per_s": round(best)}


def main() -> None:
    rows, searched, layouts = validated(), search_seconds(), layouts_per_second()
    inference = [row for row in rows if not str(row["machine"]).startswith("train")]
    medians = sorted(float(str(row["median_error"])) for row in inference)
    record = {
        "command": "python reports/prediction/record.py",
        "source": SOURCE,
        "settings": rows,
        "middle_median": medians[len(medians) // 2],
        "worst_median": medians[-1],
        "worst_p90": max(float(str(row["p90_error"])) for row in inference),
        "coverage": [f([float(str(row["coverage"])) for row in inference]) for f in (min, max)],
        "search_seconds": searched,
        "design_space": layouts,
        "conditions": {**vars(environment.machine()), "libraries": environment.libraries(), "load": environment.load()},
    }
    HERE.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    HERE.with_suffix(".md").write_text(page(record, rows), encoding="utf-8")
    print({name: value for name, value in record.items() if name not in ("settings", "conditions")})


def page(record: dict[str, object], rows: list[dict[str, object]]) -> str:
    """The record for people."""
    percent = ("median_error", "p90_error", "coverage", "macs_alone")
    lines = [
        "| "
        + " | ".join([str(row["machine"]), str(row["networks"]), str(row["families"]), str(row["weights"])])
        + "".join(f" | {100 * float(str(row[name])):.1f} %" for name in percent)
        + " |"
        for row in rows
    ]
    searched, layouts = record["search_seconds"], record["design_space"]
    return "\n".join(
        [
            "# Predictions and search, measured",
            "",
            f"Made by `{record['command']}` from {record['source']}. Errors are of the time per image, with whole "
            "families (modules of timm) held out in ten folds; within: share of networks inside the 90 % interval, "
            "whose width the other folds' errors gave; MACs alone: median error of time in proportion to MACs.",
            "",
            "| setting | networks | families | weights | median | 90th percentile | within | MACs alone |",
            "| :-- | --: | --: | --: | --: | --: | --: | --: |",
            *lines,
            "",
            f"`effbench {' '.join(SEARCH)}`, seconds: {searched}. A design space under cost budgets: {layouts}. "
            f"Load of the machine: {record['conditions']['load']}.",  # type: ignore[index]
            "",
        ]
    )


if __name__ == "__main__":
    main()
