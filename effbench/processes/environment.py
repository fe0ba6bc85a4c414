"""The conditions of a measurement: machine, versions, revision, load. Standard library alone."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from effbench import __version__

COMMIT = "EFFBENCH_COMMIT"

LIBRARIES = ("torch", "torchvision", "timm", "compressai", "numpy")


def conditions(folder: Path | None = None) -> dict[str, Any]:
    """Everything a reader needs to judge a number measured now.

    Args:
        folder: whose revision is recorded; the working folder if None.
    """
    return {**machine(), "libraries": libraries(), **revision(folder), "load": load()}


@cache
def machine() -> dict[str, Any]:
    """What the machine is; ``machine`` is a digest of it without the host's name."""
    found = {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "memory_bytes": _memory_bytes(),
        "system": f"{platform.system()} {platform.release()}",
        "accelerator": _accelerator(),
    }
    digest = hashlib.sha256(repr((found["cpu"], found["cores"], found["memory_bytes"], found["accelerator"])).encode())
    return {"machine": digest.hexdigest()[:12], **found}


@cache
def libraries() -> dict[str, str | None]:
    """Installed versions of Python, effbench and what networks are made of; nothing is imported."""
    return {
        "python": platform.python_version(),
        "effbench": __version__,
        **{name: _version(name) for name in LIBRARIES},
    }


def revision(folder: Path | None = None) -> dict[str, Any]:
    """``commit`` of the folder's repository and whether it is ``dirty``.

    Outside a repository both are None, unless the variable EFFBENCH_COMMIT says of which commit the files are a copy;
    whether they were changed is then not known, and ``dirty`` is None.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return {"commit": os.environ.get(COMMIT), "dirty": None}
    return {"commit": commit, "dirty": bool(_git(folder, "status", "--porcelain"))}


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
