"""A trial program without torch: trains nothing, quickly, in the manner of the real one.

It holds its folder, writes a checkpoint after every step and its result last, goes on from the checkpoint, and its
result depends on recipe and seed alone. ``options.fake`` of the recipe makes it misbehave. Every start of a training is
noted in ``KEY.starts`` beside its folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path

from effbench.files.atomic import write_files
from effbench.files.locks import hold
from effbench.processes.serve import serve
from effbench.training.loop.folder import LOCK
from effbench.training.loop.job import Job, answer
from effbench.training.loop.outcome import ExitMetrics, Outcome
from effbench.training.loop.recipe import Recipe

STEPS = 5
STEP_S = float(os.environ.get("FAKE_STEP_S", "0.004"))


def steps_of(recipe: Recipe, seed: int, folder: Path) -> str:
    """The "weights" after STEPS steps, each a hash of those before it; begun from the checkpoint if there is one."""
    path = folder / "checkpoint.json"
    step, weights = json.loads(path.read_text()) if path.exists() else (0, recipe.key(seed))
    for done in range(step, STEPS):
        time.sleep(STEP_S)
        weights = hashlib.sha256(weights.encode()).hexdigest()
        write_files({path: json.dumps([done + 1, weights]).encode()})
    path.unlink(missing_ok=True)
    return weights


def outcome_of(recipe: Recipe, seed: int, weights: str, reason: str = "") -> Outcome:
    """Exit metrics and the weights' digest, all from ``weights``."""
    top1 = int(weights[:4], 16) % 1000
    exits = () if reason else (ExitMetrics(images=1000, top1=top1, top5=1000, nll=0.5, ece=0.01),)
    return Outcome(
        key=recipe.key(seed),
        name=recipe.name,
        model=recipe.model,
        seed=seed,
        recipe=recipe.determining(),
        status="failed" if reason else "done",
        reason=reason,
        exits=exits,
        figures={} if reason else {"weights": int(weights[:12], 16)},
    )


def train(recipe: Recipe, seed: int, folder: Path) -> Outcome:
    """As ``effbench.training.loop.run.train``."""
    fake = recipe.options.get("fake", "")
    folder.mkdir(parents=True, exist_ok=True)
    with hold(folder / LOCK, wait=True):
        if (folder / "result.json").exists():
            return Outcome.from_entry(json.loads((folder / "result.json").read_text()))
        starts = folder.with_suffix(".starts").read_text().count("\n") if folder.with_suffix(".starts").exists() else 0
        with folder.with_suffix(".starts").open("a") as stream:
            stream.write("start\n")
        if fake == "killed" or (fake == "killed once" and starts == 0):
            os.kill(os.getpid(), signal.SIGKILL)
        if fake == "ends":
            print("no such luck", file=sys.stderr)
            sys.exit(3)
        failed = fake == "nan" or (fake == "nan once" and starts == 0)
        outcome = outcome_of(recipe, seed, steps_of(recipe, seed, folder), "the loss is NaN" if failed else "")
        write_files({folder / "result.json": json.dumps(outcome.as_entry()).encode()})
        return outcome


def run(job: Job) -> Outcome:
    """The outcome of a job."""
    return train(job.recipe, job.seed, Path(job.folder))


def main() -> None:
    """Answer job after job."""
    serve(lambda document: answer(document, run))


if __name__ == "__main__":
    main()
