"""Whether the trainings of a sweep run as they are or through ``torch.compile``: measured, and kept with the sweep.

Both give the same results but for rounding. Compiling spares the starts of operators (on a GPU it records CUDA graphs),
which pays where a step is shorter than what starting it takes, after a while. So a few steps of each are timed where
the sweep will run. The choice stays with the sweep's folder: one that is killed goes on with the same program.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files.atomic import make_folder, write_files
from effbench.files.document import parsed
from effbench.files.locks import alone
from effbench.files.typed import typed
from effbench.processes import child
from effbench.training.loop.job import Job
from effbench.training.loop.speed import Speed
from effbench.training.recipes import steps_of_training
from effbench.training.sweep.plan import Sweep, Trial

FILE = "program.json"

PROGRAMS = ("separate", "compiled")

GAIN = 0.95
"""Compiled trainings must take at most this share of the time, or trainings stay as they are."""

WORTH_STEPS = 400
"""Optimiser steps of a training below which measuring takes longer than it can save."""

Probe = Callable[[Trial], Speed]
"""How fast a trial is each way."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """How the trials of a sweep run.

    Attributes:
        sweep: whose. name: in PROGRAMS. why: for people.
    """

    sweep: str
    name: str
    why: str


def require_program(asked: str) -> None:
    """Raise EffbenchError for a program that is none, or no longer."""
    if asked not in ("auto", *PROGRAMS):
        gone = "ragged, cells trained in one program, is gone: compiled is as fast. " if asked == "ragged" else ""
        raise EffbenchError(f"--program: {gone}Choose from auto, {', '.join(PROGRAMS)}; got {asked!r}")


def decided(
    asked: str, sweep: Sweep, folder: Path, *, cost: Callable[[Trial], float], probe: Probe | None = None
) -> Program:
    """The program of a sweep: what its folder says, or what is asked for, or what is faster.

    Args:
        asked: ``auto`` or one of PROGRAMS. cost: of a trial; the most expensive one is measured.
        probe: measures it; None where the sweep does not run on this machine.

    Raises:
        EffbenchError: the choice cannot be kept.
    """
    kept = _serving(folder, sweep, asked)
    if kept is not None:
        return kept
    found = _choice(asked, sweep, cost, probe)
    make_folder(folder)
    with alone(folder / FILE):
        kept = _serving(folder, sweep, asked)  # of another sweep that began when this one did
        if kept is None:
            write_files({folder / FILE: (json.dumps(asdict(found), indent=1) + "\n").encode()})
    return kept or found


def change(program: Program) -> Callable[[Trial], Trial]:
    """How a trial is trained, under the same key."""
    return _compiled if program.name == "compiled" else lambda trial: trial


def measured(trial: Trial, *, root: Path | None, device: str, environment: Mapping[str, str]) -> Speed:
    """Let ``training.loop.probe`` time a trial in a process like those of the sweep.

    Returns:
        Its answer; no speeds if the process died.

    Raises:
        EffbenchError: it says that the training cannot run.
    """
    try:
        return Speed(**json.loads(asked_of("probe", trial, root=root, device=device, environment=environment)))
    except Died as died:
        return Speed(separate=0.0, why=str(died))


class Died(EffbenchError):
    """A measurement whose process ended without an answer."""


def asked_of(module: str, trial: Trial, *, root: Path | None, device: str, environment: Mapping[str, str]) -> str:
    """What a program of ``training.loop`` says to a trial, as JSON, in a process like those of the sweep.

    Raises:
        EffbenchError: it says that the training cannot run. Died: it says nothing.
    """
    job = Job.of(trial.recipe, trial.seed, root, device)
    command = [sys.executable, "-m", f"effbench.training.loop.{module}"]
    done = child.run(command, json.dumps(job.as_plain()), environment={**os.environ, **environment})
    if done.code == 2:
        raise EffbenchError(done.errors.strip().removeprefix("effbench: error: "))
    if done.code:
        raise Died(f"the measurement ended with code {done.code}")
    return done.output


def kept_in(folder: Path) -> Program | None:
    """The choice that is kept in a sweep's folder, if one is; one of a program that is gone is none.

    Raises:
        EffbenchError: it cannot be read.
    """
    try:
        entry = parsed((folder / FILE).read_bytes())
        found = typed(Program, {field.name: entry[field.name] for field in fields(Program)}, FILE)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, EffbenchError):
        raise EffbenchError(f"{folder / FILE} cannot be read; remove it to choose the program again") from None
    return found if found.name in PROGRAMS else None


def _serving(folder: Path, sweep: Sweep, asked: str) -> Program | None:
    """What is kept in the folder, if it is for this sweep and nothing else is asked for."""
    kept = kept_in(folder)
    return kept if kept is not None and kept.sweep == sweep.name and asked in ("auto", kept.name) else None


def _choice(asked: str, sweep: Sweep, cost: Callable[[Trial], float], probe: Probe | None) -> Program:
    separate = Program(sweep=sweep.name, name="separate", why="asked for")
    if asked != "auto":
        return replace(separate, name=asked)
    if probe is None:
        return replace(separate, why="not measured: the trainings run on other machines")
    largest = max(sweep.trials, key=cost)
    steps = steps_of_training(largest.recipe)
    if steps is not None and steps < WORTH_STEPS:
        return replace(separate, why="too little to train for a measurement to pay")
    name, why = _faster(probe(largest), steps)
    return replace(separate, name=name, why=why)


def _faster(found: Speed, steps: int | None) -> tuple[str, str]:
    """The program that is, and why."""
    if not found.separate:
        return "separate", f"not measured: {found.why}"
    why = f"a step of the most expensive cell took {1e3 * found.separate:.1f} ms"
    if found.compiled is None:
        return "separate", f"{why}; not compiled: {found.why_not or 'the training is too short for it to pay'}"
    whole = found.compiled + found.compiling / (steps or 1)  # seconds of a step, with its share of the compiling
    why += f", {1e3 * found.compiled:.1f} ms compiled, after {found.compiling:.0f} s of compiling"
    return "compiled" if whole <= GAIN * found.separate else "separate", why


def _compiled(trial: Trial) -> Trial:
    """The same trial, with the same key, trained through ``torch.compile``."""
    recipe = trial.recipe
    return replace(trial, recipe=replace(recipe, training=replace(recipe.training, compile=True)))
