"""One process per cell, compiled or not, or the cells of a heatmap as one program: measured, and kept with the sweep.

All give the same results but for rounding (``training.loop.ragged``). Many small networks in one program spare the
start of an operator for each of them, which pays where a step is shorter than what starting it takes, as on a GPU;
where the products take the time it does not. ``torch.compile`` spares starts too, of each network for itself, and pays
after a while (on a GPU it records CUDA graphs). So a few steps of each are timed where the sweep will run. The choice
stays with the sweep's folder: one that is killed goes on with the same groups and their checkpoints.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files.atomic import make_folder, write_files
from effbench.files.locks import alone
from effbench.processes import child
from effbench.training.loop.job import Job
from effbench.training.loop.ragged.alike import Speed, require_alike
from effbench.training.loop.recipe import Recipe
from effbench.training.sweep.plan import Sweep, Trial
from effbench.training.sweep.runner import Group

FILE = "program.json"

GAIN = 0.95
"""Another program must take at most this share of the time, or trainings stay as they are."""

WORTH_STEPS = 400
"""Optimiser steps of a training below which measuring takes longer than it can save."""

SMALLEST = 3
"""Cells of a group below which nothing is measured."""

Probe = Callable[[Sequence[Recipe], int], Speed]
"""(recipes, seed) -> how fast they train each way."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """How the trials of a sweep run.

    Attributes:
        sweep: whose. name: ``separate``, ``compiled`` or ``ragged``. groups: of the cells of one seed, each one
            program. why: for people.
    """

    sweep: str
    name: str
    groups: int
    why: str


def decided(
    asked: str,
    sweep: Sweep,
    folder: Path,
    *,
    groups: int,
    steps: int | None,
    cost: Callable[[Trial], float],
    probe: Probe | None,
) -> Program:
    """The program of a sweep: what its folder says, or what is asked for, or what is faster.

    Args:
        asked: ``auto``, ``separate``, ``compiled`` or ``ragged``. groups: how many programs run at a time.
        steps: optimiser steps of a training; None if nobody knows. cost: of a trial.
        probe: measures them; None where the sweep does not run on this machine.

    Raises:
        EffbenchError: ragged was asked for, and these recipes cannot be one program; or the choice cannot be kept.
    """
    kept = _serving(folder, sweep, asked)
    if kept is not None:
        return kept
    found = _choice(asked, sweep, groups, steps, cost, probe)
    make_folder(folder)
    with alone(folder / FILE):
        kept = _serving(folder, sweep, asked)  # of another sweep that began when this one did
        if kept is None:
            write_files({folder / FILE: (json.dumps(asdict(found), indent=1) + "\n").encode()})
    return kept or found


def _serving(folder: Path, sweep: Sweep, asked: str) -> Program | None:
    """What is kept in the folder, if it is for this sweep and nothing else is asked for."""
    kept = kept_in(folder)
    return kept if kept is not None and kept.sweep == sweep.name and asked in ("auto", kept.name) else None


def grouping(program: Program, sweep: Sweep, cost: Callable[[Trial], float]) -> Group:
    """Which of the trials that are left are trained together: always those that were from the start."""
    if program.name != "ragged":
        change = _compiled if program.name == "compiled" else lambda trial: trial
        return lambda trials: [(change(trial),) for trial in trials]
    teams = _teams(sweep, program.groups, cost)

    def group(trials: Sequence[Trial]) -> list[tuple[Trial, ...]]:
        left = {trial.key for trial in trials}
        found = [tuple(trial for trial in team if trial.key in left) for team in teams]
        return [team for team in found if team]

    return group


def measured(
    recipes: Sequence[Recipe],
    seed: int,
    *,
    root: Path | None,
    device: str,
    environment: Mapping[str, str],
    steps: int | None = None,
) -> Speed:
    """Let ``training.loop.ragged.probe`` time them in a process like those of the sweep.

    Args:
        recipes: the most expensive first. steps: of a training; None if nobody knows.

    Returns:
        Its answer; no speeds if the process died, as it does when all cells at once do not fit into the memory.

    Raises:
        EffbenchError: it says that the trainings cannot run.
    """
    job = Job.of(recipes, seed, root, device, steps=steps)
    command = [sys.executable, "-m", "effbench.training.loop.ragged.probe"]
    done = child.run(command, json.dumps(job.as_plain()), environment={**os.environ, **environment})
    if done.code == 2:
        raise EffbenchError(done.errors.strip().removeprefix("effbench: error: "))
    if done.code:
        return Speed(separate=0.0, ragged=None, why=f"the measurement ended with code {done.code}")
    return Speed(**json.loads(done.output))


def kept_in(folder: Path) -> Program | None:
    """The choice that is kept in a sweep's folder, if one is.

    Raises:
        EffbenchError: it cannot be read.
    """
    try:
        return Program(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        raise EffbenchError(f"{folder / FILE} cannot be read; remove it to choose the program again") from None


def _choice(
    asked: str, sweep: Sweep, groups: int, steps: int | None, cost: Callable[[Trial], float], probe: Probe | None
) -> Program:
    recipes = [trial.recipe for trial in sweep.trials if trial.seed == sweep.seeds[0]]
    groups = min(groups, len(recipes))
    separate = Program(sweep=sweep.name, name="separate", groups=groups, why="asked for")
    if asked in ("separate", "compiled"):
        return replace(separate, name=asked)
    try:
        require_alike(recipes)
    except EffbenchError as error:
        if asked == "ragged":
            raise
        return replace(separate, why=str(error))
    if asked == "ragged":
        return replace(separate, name="ragged")
    if probe is None:
        return replace(separate, why="not measured: the trainings run on other machines")
    if len(recipes) < SMALLEST * groups or (steps is not None and steps < WORTH_STEPS):
        return replace(separate, why="too little to train for a measurement to pay")
    team = _teams(sweep, groups, cost)[0]
    name, why = _fastest(probe([trial.recipe for trial in team], team[0].seed), len(team), steps)
    return replace(separate, name=name, why=why)


def _fastest(found: Speed, cells: int, steps: int | None) -> tuple[str, str]:
    """The program that is, and why."""
    if not found.separate:
        return "separate", f"not measured: {found.why}"
    once = found.compiling * cells  # seconds
    whole = _measured(found)
    if steps is not None and "compiled" in whole:
        whole["compiled"] += once / steps
    best = min(whole, key=lambda name: whole[name])
    name = best if whole[best] <= GAIN * found.separate else "separate"
    return name, _why(found, cells, once)


def _measured(found: Speed) -> dict[str, float]:
    """Program -> seconds of a step."""
    steps = {"separate": found.separate, "ragged": found.ragged, "compiled": found.compiled}
    return {name: seconds for name, seconds in steps.items() if seconds is not None}


def _why(found: Speed, cells: int, once: float) -> str:
    """What was measured, for people; and what was in the way of the rest."""
    said = {"separate": "one after the other", "ragged": "as one program", "compiled": "compiled one by one"}
    times = [f"{1e3 * seconds:.1f} ms {said[name]}" for name, seconds in _measured(found).items()]
    why = f"a step of {cells} cells took {', '.join(times)}"
    if found.compiled is not None:
        why += f", after {once:.0f} s of compiling (both by the most expensive cell)"
    obstacles = {"one program is impossible here": found.why, "not compiled": found.why_not}
    return "; ".join([why, *(f"{what}: {reason}" for what, reason in obstacles.items() if reason)])


def _compiled(trial: Trial) -> Trial:
    """The same trial, with the same key, trained through ``torch.compile``."""
    recipe = trial.recipe
    return replace(trial, recipe=replace(recipe, training=replace(recipe.training, compile=True)))


def _teams(sweep: Sweep, groups: int, cost: Callable[[Trial], float]) -> list[list[Trial]]:
    """The trials of each seed dealt out to ``groups``, the most expensive first: all groups cost about the same."""
    teams = []
    for seed in sweep.seeds:
        ordered = sorted((trial for trial in sweep.trials if trial.seed == seed), key=cost, reverse=True)
        teams += [ordered[k::groups] for k in range(groups)]
    return [team for team in teams if team]
