"""Start the processes of one training on this machine, and end them together."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import IO

from effbench.errors import EffbenchError
from effbench.processes.child import NOTHING, Child
from effbench.training.loop.rank import STORE

POLL = 0.05
"""Seconds between two looks at the processes."""

GRACE = 5.0
"""Seconds that the others get to end by themselves after one has failed; then they are killed."""


def launch(command: Sequence[str], processes: int, *, environment: Mapping[str, str] | None = None) -> int:
    """Run ``command`` in several processes that find each other; the first one has this one's output.

    Args:
        command: a program that calls ``training.loop.distributed.join``.
        environment: of the processes; this one's by default.

    Returns:
        The exit code of the first process if all others ended well.

    Raises:
        EffbenchError: a process other than the first failed or was killed; all have ended then.
    """
    from torch.distributed import TCPStore

    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    given = os.environ if environment is None else environment
    base = {**given, **_shared(processes, store.port, given)}
    with tempfile.TemporaryFile() as said:
        team = [_start(command, rank, base, None if rank == 0 else said) for rank in range(processes)]
        try:
            return _watch(team, said)
        finally:
            for process in team:
                process.kill()


def _shared(processes: int, port: int, given: Mapping[str, str]) -> dict[str, str]:
    """What all processes are told; each gets its share of the cores unless the user has said how many."""
    threads = max(1, (os.cpu_count() or 1) // processes)
    return {
        "WORLD_SIZE": str(processes),
        STORE: f"127.0.0.1:{port}",
        "OMP_NUM_THREADS": given.get("OMP_NUM_THREADS", str(threads)),
    }


def _start(command: Sequence[str], rank: int, environment: Mapping[str, str], said: IO[bytes] | None) -> Child:
    own = {**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)}
    return Child(command, environment=own, stdout=None if said is None else NOTHING, stderr=said)


def _watch(team: Sequence[Child], said: IO[bytes]) -> int:
    """Until all have ended, or one has failed and the others had their time."""
    deadline = float("inf")
    while None in (codes := [process.poll() for process in team]) and time.monotonic() < deadline:
        if deadline == float("inf") and any(codes):
            deadline = time.monotonic() + GRACE
        time.sleep(POLL)
    ended = [code or 0 for code in codes]
    culprit = _culprit(ended)
    if culprit == 0:
        return ended[0]
    raise EffbenchError(
        f"process {culprit} of {len(team)} {_end(ended[culprit])}; {_last_line(said)}the same command goes on from the "
        "last checkpoint"
    )


def _culprit(codes: Sequence[int]) -> int:
    """Who is to blame: one that was killed before one that crashed (1) before one that said what is wrong (2).

    The end of one process is an error, of the last kind, in the others.
    """
    failed = [rank for rank, code in enumerate(codes) if code]
    return min(failed, key=lambda rank: (codes[rank] > 0, codes[rank], rank), default=0)


def _end(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


def _last_line(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return f"it said: {lines[-1].strip()}; " if lines else ""
