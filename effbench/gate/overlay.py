"""An interpreter for one revision: its own package in front, the running environment's libraries behind it."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import effbench
from effbench.errors import EffbenchError
from effbench.processes import child
from effbench.processes.environment import without_python_path

PATHS = "effbench_overlay.pth"
"""File in the new site-packages that lists where else modules are found. A plain line there adds a folder to the search
path and nothing more: the ``.pth`` files *in* that folder, by which editable installs work, are not read."""

LAST_LINES = 3
"""Of pip's output, shown when it fails."""

_AROUND = ("[", "note:", "hint:", "See above", "error: subprocess-exited", "Getting requirements", "Encountered error")

_SITE = ("site-packages", "dist-packages")


def make(place: Path, folder: Path, *, isolated: bool = False, install: Sequence[str] = ()) -> Path:
    """Make a virtual environment in ``place`` with the project in ``folder`` installed.

    Dependencies that the running environment satisfies are used from there, others are installed for real. A project
    without packaging is importable from its folder. ``effbench`` is the project's own if it has one, else the running.

    Args:
        isolated: nothing of the running environment but effbench itself; every dependency comes from the index.
        install: what pip installs, with ``folder`` as its working folder; the project itself if empty and it has
            packaging.

    Returns:
        Its interpreter.

    Raises:
        EffbenchError: no environment could be made, or pip failed (its last lines).
    """
    wanted = list(install) or (["."] if is_packaged(folder) else [])
    if isolated and not wanted:
        raise EffbenchError(f"{folder.name} has no packaging: an isolated environment needs to be told what to install")
    with_pip = bool(wanted) and find_spec("pip") is None  # otherwise ours installs into it, which saves some seconds
    _run([sys.executable, "-m", "venv", *([] if with_pip else ["--without-pip"]), str(place)], folder, "python -m venv")
    python = place / "bin" / "python"
    _add_paths(place, [*([] if is_packaged(folder) else [folder]), *([] if isolated else libraries())])
    if wanted:
        quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
        build = [] if isolated or not builds_offline(folder) else ["--no-build-isolation", "--check-build-dependencies"]
        said = f"pip install {' '.join(wanted)}"
        pip = [str(python), "-m", "pip"] if with_pip else [sys.executable, "-m", "pip", "--python", str(python)]
        _run([*pip, "install", *quiet, *build, "--", *wanted], folder, said)
    return python


def libraries() -> list[Path]:
    """Where the running interpreter finds installed packages; folders that editable installs added are left out."""
    return [Path(entry) for entry in sys.path if Path(entry).name in _SITE and Path(entry).is_dir()]


def is_packaged(folder: Path) -> bool:
    """Whether pip can install it. A pyproject.toml that only sets up tools does not count."""
    return (folder / "setup.py").is_file() or bool({"project", "build-system"} & _pyproject(folder).keys())


def builds_offline(folder: Path) -> bool:
    """Whether the running environment has everything the project is built with (pip checks the versions)."""
    needed = _pyproject(folder).get("build-system", {}).get("requires", ["setuptools"])
    return all(_installed(re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0]) for requirement in needed)


def _pyproject(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError) as error:
        raise EffbenchError(f"{folder.name}/pyproject.toml cannot be read: {error}") from None


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except (PackageNotFoundError, ValueError):
        return False


def _add_paths(place: Path, folders: Sequence[Path]) -> None:
    """The folders, and last one that holds nothing but the running effbench, wherever that lies."""
    running = place / "running"
    running.mkdir()
    (running / "effbench").symlink_to(Path(effbench.__file__).resolve().parent, target_is_directory=True)
    site = next(place.glob("lib/python*/site-packages"))
    (site / PATHS).write_text("".join(f"{path}\n" for path in [*folders, running]), encoding="utf-8")


def _run(command: Sequence[str], folder: Path, what: str) -> None:
    ran = child.run(command, folder=folder, environment=without_python_path(os.environ))
    if ran.code != 0:
        said = " / ".join(_last(ran.errors or ran.output))
        raise EffbenchError(f"{what} failed: {said or f'code {ran.code}'}")


def _last(text: str) -> list[str]:
    """The lines that say what happened, without what pip puts around the output of a build."""
    lines = [line.strip(" ╰─>│×") for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(_AROUND)][-LAST_LINES:]
