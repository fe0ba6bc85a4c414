"""Trials as a Slurm job array, through submitit; the sweep's folder must be on a file system that all nodes share.

Not tried on a real Slurm: tests use submitit's own local executor. Partition, account and time limit are given to
``sbatch`` by its environment: SBATCH_PARTITION, SBATCH_ACCOUNT, SBATCH_TIMELIMIT.

Jobs outlive a driver that is killed; the next one waits for those that are training and takes their results in. An
interrupted driver cancels them. What a job says comes back as a file of JSON; submitit's own pickles are not read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from effbench.errors import MissingExtra
from effbench.files.atomic import make_folder, write_files
from effbench.training.loop.job import Job, answer
from effbench.training.sweep.executors.slots import SINGLE_THREAD
from effbench.training.sweep.executors.work import TRIAL, Ended, Work, answered

if TYPE_CHECKING:
    import submitit

ANSWER = "answer.json"
"""In the folder of a job: what its program answered."""

AT_A_TIME = 64
MINUTES = 24 * 60
LOOK_S = 0.2
"""Seconds between two looks at the jobs; submitit itself asks Slurm less often."""


class SlurmExecutor:
    """A job array.

    Args:
        folder: for submitit's scripts and logs. device: ``cuda``: a GPU per job. jobs: running at a time.
        cluster: submitit's: ``slurm``, or ``local`` and ``debug`` on this machine.
        program: module whose function ``run`` does a job.

    Raises:
        MissingExtra: submitit is not installed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        device: str = "cpu",
        jobs: int | None = None,
        cluster: str = "slurm",
        program: str = TRIAL,
    ) -> None:
        try:
            import submitit
        except ImportError:
            raise MissingExtra("--executor slurm", "submitit", "cluster") from None
        make_folder(folder)
        self._most = jobs or AT_A_TIME
        self._program = program
        self._running: list[tuple[submitit.Job[None], Work]] = []
        self._executor = submitit.AutoExecutor(folder=folder, cluster=cluster)
        self._executor.update_parameters(
            name="effbench",
            timeout_min=MINUTES,
            cpus_per_task=1,
            gpus_per_node=1 if device == "cuda" else 0,
            slurm_array_parallelism=self._most,
            slurm_setup=[f"export {name}={value}" for name, value in SINGLE_THREAD.items()],
        )

    def free(self) -> int:
        """Jobs that may still be queued."""
        return self._most - len(self._running)

    def submit(self, works: Sequence[Work]) -> None:
        """All of them as one array."""
        for work in works:
            (work.folder / ANSWER).unlink(missing_ok=True)
        jobs = self._executor.map_array(_perform, [self._program] * len(works), [work.job() for work in works])
        self._running += zip(jobs, works, strict=True)

    def wait(self, seconds: float) -> list[Ended]:
        """What has ended; waits at most that long for the first."""
        until = time.monotonic() + seconds
        while not any(job.done() for job, _ in self._running) and time.monotonic() < until:
            time.sleep(min(LOOK_S, seconds))
        ended = [(job, work) for job, work in self._running if job.done()]
        self._running = [pair for pair in self._running if pair not in ended]
        return [_ended(job, work) for job, work in ended]

    def close(self) -> None:
        """Cancel every job."""
        for job, _ in self._running:
            job.cancel()
        self._running = []


def _perform(program: str, document: Mapping[str, object]) -> None:
    """In the job: the answer becomes a file."""
    said = answer(document, resolve_name(f"{program}:run"))
    folder = Path(Job.read(document).folder)
    make_folder(folder)
    write_files({folder / ANSWER: json.dumps(said).encode()})


def _ended(job: submitit.Job[None], work: Work) -> Ended:
    path = work.folder / ANSWER
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        said = (job.stderr() or "").strip().splitlines() or [f"state {job.state}"]
        return Ended(work, lost=f"job {job.job_id} left no answer: {said[-1]}")
    path.unlink()
    return answered(work, found)
