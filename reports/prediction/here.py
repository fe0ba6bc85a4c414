"""How well this machine is predicted: RAViT layouts of widths that the calibration does not hold, timed and compared.

    python reports/prediction/here.py [--clock wall] [--rounds 8]

Writes ``here.json`` beside this file. The networks of the calibration and the layouts take turns, so that a drift of
the machine meets both alike. Processor time is compared unless ``--clock wall`` is given: it means the same on a
machine that does other work, too.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random
from statistics import median, quantiles

from effbench.counting.time_terms import timeable
from effbench.models.registry import resolve
from effbench.prediction.here import Machine, jobs, machine_from
from effbench.prediction.timing import busyness, name_of, timed, typical
from effbench.processes import environment
from effbench.profiling.worker.job import Job

WIDTHS = (80, 112, 160, 224)
LAYOUTS = 16
"""Layouts of each width."""


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
    parser.add_argument("--rounds", type=int, default=8)
    args = parser.parse_args()
    asked = [Job(model=f"ravit_cifar10:{one},width={width}") for width in WIDTHS for one in layouts()]
    known = [job for group in jobs(1).values() for job in group]
    turns = timed([*known, *asked], args.rounds)
    here = machine_from(turns, 1, args.clock)
    rows = [row(here, job, typical(turns[name_of(job)][args.clock])) for job in asked]
    errors = [abs(float(one["error"])) for one in rows]
    record = {
        "command": f"python reports/prediction/here.py --rounds {args.rounds}",
        "clock": args.clock,
        "statistic": "lower quartile of the steps; networks of the calibration and layouts take turns",
        "widths": WIDTHS,
        "networks": len(rows),
        "median_error": round(median(errors), 4),
        "p90_error": round(quantiles(errors, n=10)[-1], 4),
        "inside_interval": round(sum(bool(one["inside"]) for one in rows) / len(rows), 4),
        "wall_over_cpu": round(busyness(turns), 3),
        "conditions": {**environment.machine(), "libraries": environment.libraries(), "load": environment.load()},
        "rows": rows,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print({name: value for name, value in record.items() if name not in ("rows", "conditions")})


def row(here: Machine, job: Job, measured: float) -> dict[str, object]:
    """A layout, predicted and measured."""
    found = here.predict(timeable(resolve(job.model)), job.batch)
    return {
        "model": job.model,
        "predicted_seconds": round(found.seconds, 7),
        "measured_seconds": round(measured, 7),
        "error": round(found.seconds / measured - 1, 4),
        "inside": 1 / found.high <= measured <= 1 / found.low,
    }


if __name__ == "__main__":
    main()
