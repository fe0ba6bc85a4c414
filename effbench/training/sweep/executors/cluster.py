"""Trials on a Ray cluster: each leases a whole GPU or core, and its result travels to the machine of the store.

A trial that lost its worker goes on from its checkpoint where the runs' folders are on a shared file system; elsewhere
it begins again, and its files come back with its result. effbench has to be installed on all machines.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from pkgutil import resolve_name
from types import ModuleType

from effbench.errors import EffbenchError, MissingExtra
from effbench.files.atomic import make_folder, write_files
from effbench.files.file_name import inside
from effbench.training.loop.folder import RESULT
from effbench.training.loop.job import Answer, Job, answer
from effbench.training.sweep.executors.slots import SINGLE_THREAD
from effbench.training.sweep.executors.work import TRIAL, Ended, Work, answered

LEASE = ".lease"
"""File in a run's folder by which a worker sees that its file system is the driver's."""


class RayExecutor:
    """Tasks of a Ray cluster: the one that RAY_ADDRESS or ``ray start`` names, else a new one on this machine.

    Args:
        device: ``cuda``: a trial leases a GPU; ``cpu``: a core.
        jobs: trials at a time; by default as many as the cluster has devices, counted again as machines come and go.
        program: module whose function ``run`` does a job. environment: of the workers, besides one thread each.

    Raises:
        MissingExtra: Ray is not installed. EffbenchError: no such cluster, or it has no such device.
    """

    def __init__(
        self,
        *,
        device: str = "cpu",
        jobs: int | None = None,
        program: str = TRIAL,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody unless a user wants it
        _keep_to_itself()
        try:
            import ray
        except ImportError:
            raise MissingExtra("--executor ray", "ray", "cluster") from None
        self._ray: ModuleType = ray
        self._began = not ray.is_initialized()
        if self._began:
            _connect(ray)
        self._jobs, self._program, self._kind = jobs, program, "GPU" if device == "cuda" else "CPU"
        self._running: dict[object, Work] = {}
        lease = {"num_cpus": 1, "num_gpus": 1 if device == "cuda" else 0, "max_retries": 0}
        self._perform = self._ray.remote(**lease, runtime_env={"env_vars": {**SINGLE_THREAD, **(environment or {})}})(
            _perform
        )
        if not self._devices():
            self.close()
            raise EffbenchError(f"the Ray cluster has no {self._kind}")

    def free(self) -> int:
        """Devices that no trial leases."""
        return max(0, (self._jobs or self._devices()) - len(self._running))

    def submit(self, works: Sequence[Work]) -> None:
        """One task each."""
        for work in works:
            lease = uuid.uuid4().hex
            make_folder(work.folder)
            write_files({work.folder / LEASE: lease.encode()})
            self._running[self._perform.remote(self._program, work.job(), lease)] = work

    def wait(self, seconds: float) -> list[Ended]:
        """What has ended; waits at most that long for the first."""
        if not self._running:
            time.sleep(seconds)
            return []
        ready, _ = self._ray.wait(list(self._running), timeout=seconds)
        return [self._ended(reference, self._running.pop(reference)) for reference in ready]

    def close(self) -> None:
        """Cancel every task; end the cluster if we began it."""
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._running = {}
        if self._began:
            self._ray.shutdown()

    def _devices(self) -> int:
        return int(self._ray.cluster_resources().get(self._kind, 0))

    def _ended(self, reference: object, work: Work) -> Ended:
        try:
            said, files = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:  # the program raised: it would do so again
            return Ended(work, failed=_last_line(error))
        except self._ray.exceptions.RayError as error:  # worker, machine or object gone
            return Ended(work, lost=f"its worker is gone: {type(error).__name__}")
        finally:
            (work.folder / LEASE).unlink(missing_ok=True)
        if files:
            write_files({inside(work.folder, name): content for name, content in files.items()})
        return answered(work, said)


def _keep_to_itself() -> None:
    """Before Ray is imported: a cluster that we begin listens on this machine alone, and to who has its token.

    Where there is a cluster already, its own settings stand.
    """
    current = Path(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir(), "ray", "ray_current_cluster")
    if not (os.environ.get("RAY_ADDRESS") or current.exists()):
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        if "RAY_AUTH_TOKEN_PATH" not in os.environ:
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else Ray keeps one that others can read
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # there it is Ray's default: loopback


def _connect(ray: ModuleType) -> None:
    try:
        ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR", configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise EffbenchError(f"cannot reach the Ray cluster: {_last_line(error)}") from None


def _perform(program: str, document: Mapping[str, object], lease: str) -> tuple[Answer, dict[str, bytes]]:
    """On a worker: the answer, and the files of the run unless the driver sees them; the result's last."""
    folder = Path(Job.read(document).folder)
    shared = _text(folder / LEASE) == lease
    return answer(document, resolve_name(f"{program}:run")), {} if shared else _files(folder)


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    paths = [path for path in folder.iterdir() if path.is_file() and path.name != LEASE]
    return {path.name: path.read_bytes() for path in sorted(paths, key=lambda path: path.name == RESULT)}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
