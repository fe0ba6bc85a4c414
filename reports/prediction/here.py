"""How well this machine is predicted: RAViT layouts of widths that the calibration does not hold, timed and compared.

    effbench predict --calibrate
    python reports/prediction/here.py [--clock wall]

Writes ``here.json`` beside this file. Processor time is compared unless ``--clock wall`` is given: it means the same on
a machine that does other work, too.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random
from statistics import median, quantiles

from effbench.counting.time_terms import timeable
from effbench.models.registry import resolve
from effbench.prediction.here import calibration, machine
from effbench.prediction.timing import busyness, name_of, timed, typical
from effbench.processes import environment
from effbench.profiling.worker.job import Job

WIDTHS = (80, 112, 160, 224)
LAYOUTS = 16
"""Layouts of each width."""
ROUNDS = 4


def layouts() -> list[str]:
    """Layers of two or three branches, drawn once and for all; at least one layer in the last branch."""
    draw = Random(0)
    found: dict[str, None] = {}
    while len(found) < LAYOUTS:
        branches = draw.choice((2, 2, 3))
        layers = [draw.randint(0, 6) for _ in range(branches - 1)] + [draw.randint(1, 6)]
        found["-".join(map(str, layers))] = None
    return list(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu")
    clock = parser.parse_args().clock
    here, held = machine(1, clock), calibration(1)
    rows, busy = [], []
    for width in WIDTHS:
        jobs = [Job(model=f"ravit_cifar10:{layers},width={width}", batch=1) for layers in layouts()]
        turns = timed(jobs, ROUNDS)
        busy.append(busyness(turns))
        for job in jobs:
            row = here.predict(timeable(resolve(job.model)), job.batch)
            measured = typical(turns[name_of(job)][clock])
            inside = 1 / row.high <= measured <= 1 / row.low
            error = row.seconds / measured - 1
            rows.append(
                {
                    "model": job.model,
                    "predicted_seconds": round(row.seconds, 7),
                    "measured_seconds": round(measured, 7),
                    "error": round(error, 4),
                    "inside": inside,
                }
            )
    errors = [abs(row["error"]) for row in rows]
    record = {
        "command": "python reports/prediction/here.py",
        "clock": clock,
        "statistic": "lower quartile of the steps of a network; networks of a width take turns",
        "widths": WIDTHS,
        "networks": len(rows),
        "median_error": round(median(errors), 4),
        "p90_error": round(quantiles(errors, n=10)[-1], 4),
        "inside_interval": round(sum(row["inside"] for row in rows) / len(rows), 4),
        "wall_over_cpu": {"calibration": held.busy, "layouts": round(max(busy), 3)},
        "conditions": {**environment.machine(), "libraries": environment.libraries(), "load": environment.load()},
        "rows": rows,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print({name: value for name, value in record.items() if name not in ("rows", "conditions")})


if __name__ == "__main__":
    main()
