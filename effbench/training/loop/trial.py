"""Runs in a process of their own: a worker (``processes.serve``) that answers JSON jobs (``loop.job``).

Bad input is a line on standard error too. The process ends with its input; exit code 2: some of it was bad.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.processes.serve import serve
from effbench.training.loop.job import Answer, Job, answer
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
    """Answer job after job."""
    bad = False

    def said(document: Mapping[str, object]) -> Answer:
        nonlocal bad
        found = answer(document, run)
        if "error" in found:
            print(f"effbench: error: {found['error']}", file=sys.stderr)
            bad = True
        return found

    serve(said)
    return 2 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
