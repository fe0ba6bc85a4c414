"""Runs in a process of their own: a JSON job (``loop.job``) a line of standard input, each answered by a line of JSON.

Bad input is a line on standard error too. The process ends with its input; exit code 2: some of it was bad.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.training.loop.job import Job, answer
from effbench.training.loop.outcome import Outcome


def run(job: Job) -> Outcome:
    """Train what the job asks for.

    Raises:
        EffbenchError: bad input.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch starts: waiting threads leave the core to others
    from effbench.training.loop.device import set_threads
    from effbench.training.loop.run import train

    if not job.folder:
        raise EffbenchError("a job to train has a folder")
    set_threads(job.threads)
    root = None if job.root is None else Path(job.root)
    return train(job.recipe, seed=job.seed, folder=Path(job.folder), root=root, device=job.device)


def main() -> int:
    """Answer job after job; what libraries print goes to standard error."""
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    bad = False
    for line in sys.stdin:
        said = answer(json.loads(line), run)
        if "error" in said:
            print(f"effbench: error: {said['error']}", file=sys.stderr)
            bad = True
        print(json.dumps(said), file=reply, flush=True)
    return 2 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
