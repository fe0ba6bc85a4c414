"""The conditions of a measurement: machine, versions, revision, load. Standard library alone."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from effbench import __version__

COMMIT = "EFFBENCH_COMMIT"

LIBRARIES = ("torch", "torchvision", "timm", "compressai", "numpy")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a machine is. machine: digest of it without the host's name. accelerator: name and driver of its GPU."""

    machine: str
    cpu: str
    cores: int | None
    memory_bytes: int | None
    system: str
    accelerator: str | None


@dataclass(frozen=True, kw_only=True)
class Conditions(Machine):
    """Everything a reader needs to judge a measured number.

    Attributes:
        libraries: name -> installed version. commit: None outside a repository. dirty: whether its files were changed.
        load: processes ready to run, averaged over a minute. None: not known.
    """

    libraries: Mapping[str, str | None]
    commit: str | None
    dirty: bool | None
    load: float | None = None

    @property
    def versions(self) -> str:
        """The libraries in one line."""
        return ", ".join(f"{name} {version}" for name, version in self.libraries.items() if version)

    def plain(self) -> dict[str, object]:
        """As a journal holds it."""
        return dict(vars(self))

    def flat(self) -> dict[str, object]:
        """As the columns of a table: no value is itself a mapping."""
        return {**vars(self), "libraries": self.versions}


class Revision(NamedTuple):
    """A commit, and whether files were changed since."""

    commit: str | None
    dirty: bool | None


def conditions(folder: Path | None = None) -> Conditions:
    """Those of now.

    Args:
        folder: whose revision is recorded; the working folder if None.
    """
    return Conditions(**vars(machine()), libraries=libraries(), **revision(folder)._asdict(), load=load())


def joined(told: Sequence[Conditions]) -> Conditions:
    """Conditions on one machine with one set of libraries: every commit, dirty if any was, the highest load."""
    commits = dict.fromkeys(one.commit for one in told if one.commit)
    return replace(
        told[0],
        commit=", ".join(commits) or None,
        dirty=any(one.dirty for one in told) if commits else None,
        load=max((one.load for one in told if one.load is not None), default=None),
    )


@cache
def machine() -> Machine:
    """This machine."""
    cpu, cores, memory, accelerator = _cpu_name(), os.cpu_count(), _memory_bytes(), _accelerator()
    return Machine(
        machine=hashlib.sha256(repr((cpu, cores, memory, accelerator)).encode()).hexdigest()[:12],
        cpu=cpu,
        cores=cores,
        memory_bytes=memory,
        system=f"{platform.system()} {platform.release()}",
        accelerator=accelerator,
    )


@cache
def libraries() -> dict[str, str | None]:
    """Installed versions of Python, effbench and what networks are made of; nothing is imported."""
    return {
        "python": platform.python_version(),
        "effbench": __version__,
        **{name: _version(name) for name in LIBRARIES},
    }


def revision(folder: Path | None = None) -> Revision:
    """That of the folder's repository.

    Outside a repository both are None, unless the variable EFFBENCH_COMMIT says of which commit the files are a copy;
    whether they were changed is then not known, and ``dirty`` is None.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return Revision(os.environ.get(COMMIT), None)
    return Revision(commit, bool(_git(folder, "status", "--porcelain")))


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def without_python_path(given: Mapping[str, str]) -> dict[str, str]:
    """The environment for another Python: PYTHONPATH would put the running project in front of what it finds itself."""
    return {name: value for name, value in given.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def load() -> float | None:
    """Processes ready to run, averaged over the last minute; None where the system does not say."""
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(folder: Path | None, *arguments: str) -> str | None:
    try:
        ran = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None


def _cpu_name() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _accelerator() -> str | None:
    """Name and driver of the first NVIDIA GPU, as its driver reports them."""
    try:
        import pynvml

        pynvml.nvmlInit()
        name = pynvml.nvmlDeviceGetName(pynvml.nvmlDeviceGetHandleByIndex(0))
        return f"{name}, driver {pynvml.nvmlSystemGetDriverVersion()}"
    except Exception:  # no package, no driver, no device: there is none
        return None
