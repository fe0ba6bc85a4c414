"""Runs in a process of their own: a worker (``processes.serve``) that answers JSON jobs (``loop.job``).

Bad input is a line on standard error too. The process ends with its input; exit code 2: some of it was bad.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from effbench.processes.serve import serve
from effbench.training.loop.job import Answer, Job, answer
from effbench.training.loop.outcome import Outcome


def run(job: Job) -> Sequence[Outcome]:
    """Train what the job asks for.

    Raises:
        EffbenchError: bad input.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch starts: waiting threads leave the core to others
    from effbench.training.loop.device import set_threads
    from effbench.training.loop.ragged.together import train_together
    from effbench.training.loop.run import train

    set_threads(job.threads)
    folders, root = [Path(folder) for folder in job.folders], Path(job.root) if job.root is not None else None
    if len(folders) == len(job.recipes) == 1:
        return [train(job.recipes[0], seed=job.seed, folder=folders[0], root=root, device=job.device)]
    return train_together(job.recipes, seed=job.seed, folders=folders, root=root, device=job.device)


def main() -> int:
    """Answer job after job."""
    bad = False

    def said(document: Mapping[str, object]) -> Answer:
        nonlocal bad
        found = answer(document, run)
        if isinstance(found, dict):
            print(f"effbench: error: {found['error']}", file=sys.stderr)
            bad = True
        return found

    serve(said)
    return 2 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
