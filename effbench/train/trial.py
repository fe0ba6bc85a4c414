"""Runs in a process of their own: a JSON job per line of standard input, each answered by a line on standard output.

Job: ``recipe`` (what ``Recipe.determining`` gives, with name and source), ``seed``, ``folder``, and if they are not the
defaults ``root`` (none), ``device`` (cpu) and ``threads`` (1). Answer: its outcome (``Outcome.as_entry``); to bad input
``error``, and whether the job may succeed ``again``, with a line on standard error too. It ends with its input; exit
code 2: some of it was bad.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, InUse
from effbench.train.outcome import Outcome
from effbench.train.recipe_file import recipe_of

REQUIRED = ("recipe", "seed", "folder")
OPTIONAL = ("root", "device", "threads")


def run(job: Mapping[str, Any]) -> Outcome:
    """Train what the job asks for.

    Raises:
        EffbenchError: bad input.
    """
    wrong = [key for key in REQUIRED if key not in job] or [key for key in job if key not in (*REQUIRED, *OPTIONAL)]
    if wrong:
        raise EffbenchError(f"a job has {', '.join(REQUIRED)}, and may have {', '.join(OPTIONAL)}; wrong: {wrong[0]}")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch starts: waiting threads leave the core to others
    from effbench.train.device import set_threads
    from effbench.train.run import train

    set_threads(job.get("threads", 1))
    table = dict(job["recipe"])
    root = job.get("root")
    return train(
        recipe_of(table, table.pop("name", "trial")),
        seed=job["seed"],
        folder=Path(job["folder"]),
        root=None if root is None else Path(root),
        device=job.get("device", "cpu"),
    )


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """What is said to a job."""
    try:
        return run(job).as_entry()
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
