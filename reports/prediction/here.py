"""How well this machine is predicted: networks that the calibration does not hold, timed and compared.

    python reports/prediction/here.py [--rounds 8]

Two groups: RAViT layouts of widths that the calibration does not hold, and networks of timm of every family that the
calibration does not hold, drawn. The networks of the calibration and the others take turns, so that a drift of the
machine meets both alike. All is timed twice: alone, and beside two processes that multiply matrices without end.
Processor time means the same in both; wall time is compared on the machine alone. Writes ``here.json`` here.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from random import Random
from statistics import median, quantiles

from effbench.counting.time_terms import timeable
from effbench.models.registry import resolve
from effbench.models.shipped import shipped
from effbench.prediction.here import Machine, jobs, machine_from
from effbench.prediction.timing import busyness, name_of, timed, typical
from effbench.processes import environment
from effbench.profiling.worker.job import Job

WIDTHS = (80, 112, 160, 224)
LAYOUTS = 16
"""Layouts of each width."""
PER_FAMILY, MOST_MACS = 2, 5e9
"""Networks that are drawn of a family of timm, and the multiply-accumulates of the largest."""
LOAD = 2
"""Processes that multiply matrices beside the second timing."""


def layouts() -> list[str]:
    """Layers of two or three branches, drawn once and for all; at least one layer in the last branch."""
    draw = Random(0)
    found: dict[str, None] = {}
    while len(found) < LAYOUTS:
        branches = draw.choice((2, 2, 3))
        layers = [draw.randint(0, 6) for _ in range(branches - 1)] + [draw.randint(1, 6)]
        found["-".join(map(str, layers))] = None
    return [f"ravit_cifar10:{one},width={width}" for width in WIDTHS for one in found]


def of_timm() -> list[str]:
    """One network of each family that the calibration does not hold, at its own image size."""
    draw = Random(0)
    held = {job.model.removeprefix("timm/") for group in jobs(1).values() for job in group}
    kept = {one.family for one in shipped().networks if one.architecture in held} | {"torchvision"}
    families: dict[str, list[str]] = {}
    for one in shipped().networks:
        if one.architecture in one.names and one.is_square and one.macs <= MOST_MACS and one.family not in kept:
            families.setdefault(one.family, []).append(f"timm/{one.architecture}")
    return [name for _, names in sorted(families.items()) for name in draw.sample(names, min(PER_FAMILY, len(names)))]


@contextmanager
def beside(processes: int) -> Iterator[None]:
    """That many processes that multiply matrices until the end, or that of this one."""
    code = "import os, numpy\na, parent = numpy.ones((512, 512)), os.getppid()\nwhile os.getppid() == parent: a @ a"
    with ExitStack() as stack:
        for _ in range(processes):
            one = stack.enter_context(subprocess.Popen([sys.executable, "-c", code]))
            stack.callback(one.kill)
        yield


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=8)
    rounds = parser.parse_args().rounds
    groups = {"layouts of unseen widths": layouts(), "timm, unseen families": of_timm()}
    known = [job for group in jobs(1).values() for job in group]
    runs = []
    for load in (0, LOAD):
        for group, names in groups.items():
            asked = [Job(model=name) for name in names]
            with beside(load):
                turns = timed([*known, *asked], rounds)
                conditions = {"load": environment.load(), "wall_over_cpu": round(busyness(turns), 3)}
            for clock in ("cpu", "wall") if load == 0 else ("cpu",):
                here = machine_from(turns, 1, clock)
                rows = [row(here, job, typical(turns[name_of(job)][clock])) for job in asked]
                about = {"group": group, "beside": load, "clock": clock, **conditions, **summary(rows)}
                runs.append({**about, "rows": rows})
                print(about)
    record = {
        "command": f"python reports/prediction/here.py --rounds {rounds}",
        "statistic": "lower quartile of the steps; networks of the calibration and the others take turns",
        "machine": {**asdict(environment.machine()), "libraries": environment.libraries()},
        "runs": runs,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def summary(rows: list[dict[str, float | str | bool]]) -> dict[str, float]:
    """Errors of the predicted time, relative; the share of times inside the 90 % interval."""
    errors = [abs(float(one["error"])) for one in rows]
    return {
        "networks": len(rows),
        "median_error": round(median(errors), 4),
        "p90_error": round(quantiles(errors, n=10)[-1], 4),
        "inside_interval": round(sum(bool(one["inside"]) for one in rows) / len(rows), 4),
    }


def row(here: Machine, job: Job, measured: float) -> dict[str, float | str | bool]:
    """A network, predicted and measured."""
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
