"""Runs in a process of their own: a JSON job per line of standard input, each answered by a line on standard output.

Job: ``recipe`` (what ``Recipe.determining`` gives, with name and source), ``seed``, ``folder``, and if they are not the
defaults ``root`` (none), ``device`` (cpu), ``threads`` (1) and ``code`` (false: its models may not be files).
``recipes`` and ``folders`` instead are trained together (``loop.ragged``). Answer: its outcome (``Outcome.as_entry``),
or a list of them for several; to bad input ``error``, and whether the job may succeed ``again``, with a line on
standard error too. It ends with its input; exit code 2: some of it was bad.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, InUse
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.recipe_file import allow_models, recipe_of

ONE, SEVERAL = ("recipe", "seed", "folder"), ("recipes", "seed", "folders")
OPTIONAL = ("root", "device", "threads", "code")


def run(job: Mapping[str, Any]) -> Outcome | list[Outcome]:
    """Train what the job asks for; a list for several recipes.

    Raises:
        EffbenchError: bad input.
    """
    required = SEVERAL if "recipes" in job else ONE
    wrong = [key for key in required if key not in job] or [key for key in job if key not in (*required, *OPTIONAL)]
    if wrong:
        raise EffbenchError(f"a job has {', '.join(required)}, and may have {', '.join(OPTIONAL)}; wrong: {wrong[0]}")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch starts: waiting threads leave the core to others
    from effbench.training.loop.device import set_threads
    from effbench.training.loop.ragged.together import train_together
    from effbench.training.loop.run import train

    set_threads(job.get("threads", 1))
    recipes = [_recipe(table) for table in job.get("recipes") or [job["recipe"]]]
    if job.get("code"):
        allow_models(recipes)
    root = job.get("root")
    where: dict[str, Any] = {"root": None if root is None else Path(root), "device": job.get("device", "cpu")}
    if "recipes" in job:
        folders = [Path(folder) for folder in job["folders"]]
        return train_together(recipes, seed=job["seed"], folders=folders, **where)
    return train(recipes[0], seed=job["seed"], folder=Path(job["folder"]), **where)


def _recipe(table: Mapping[str, Any]) -> Recipe:
    fields = dict(table)
    return recipe_of(fields, fields.pop("name", "trial"))


def answer(job: Mapping[str, Any]) -> dict[str, Any] | list[dict[str, Any]]:
    """What is said to a job."""
    try:
        found = run(job)
        return [outcome.as_entry() for outcome in found] if isinstance(found, list) else found.as_entry()
    except EffbenchError as error:
        print(f"effbench: error: {error}", file=sys.stderr)
        return {"error": str(error), "again": isinstance(error, InUse)}


def main() -> int:
    """Answer job after job; what libraries print goes to standard error."""
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    bad = False
    for line in sys.stdin:
        said = answer(json.loads(line))
        bad |= "error" in said
        print(json.dumps(said), file=reply, flush=True)
    return 2 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
