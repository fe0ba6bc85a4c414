"""A run in a process of its own: one JSON job on standard input, its outcome as one JSON line on standard output.

Job: ``recipe`` (what ``Recipe.determining`` gives, with name and source), ``seed``, ``folder``, and if they are not the
defaults ``root`` (none), ``device`` (cpu) and ``threads`` (1). Exit code 2 and one line on standard error: bad input.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError
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
    import torch

    from effbench.train.run import train

    torch.set_num_threads(job.get("threads", 1))
    table = dict(job["recipe"])
    root = job.get("root")
    return train(
        recipe_of(table, table.pop("name", "trial")),
        seed=job["seed"],
        folder=Path(job["folder"]),
        root=None if root is None else Path(root),
        device=job.get("device", "cpu"),
    )


def main() -> int:
    """Answer the job; what libraries print goes to standard error."""
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        outcome = run(json.load(sys.stdin))
    except EffbenchError as error:
        print(f"effbench: error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(outcome.as_entry()), file=reply, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
