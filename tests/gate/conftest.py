"""Small git repositories, with and without packaging; nothing here needs a network or a build tool."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

BACKEND = """
import zipfile
from pathlib import Path

NAME, VERSION = {name!r}, {version!r}


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_wheel(directory, config_settings=None, metadata_directory=None):
    {first}
    wheel, info = f"{{NAME}}-{{VERSION}}-py3-none-any.whl", f"{{NAME}}-{{VERSION}}.dist-info"
    with zipfile.ZipFile(Path(directory, wheel), "w") as archive:
        archive.write(f"{{NAME}}/__init__.py")
        archive.writestr(f"{{info}}/METADATA", f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\n")
        archive.writestr(f"{{info}}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(f"{{info}}/RECORD", "")
    return wheel
"""
"""A build backend that lies in the tree it builds."""

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


class Repository:
    """A git repository in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """What git says."""
        who = {
            f"GIT_{role}_{what}": f"{what}@example.org"
            for role in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        command = ["git", *arguments]
        ran = subprocess.run(command, cwd=self.folder, env=os.environ | who, capture_output=True, text=True, check=True)
        return ran.stdout.strip()

    def write(self, files: dict[str, str]) -> None:
        """Files of the working tree."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, files: dict[str, str]) -> str:
        """Write and commit; the hash."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=change")
        return self.git("rev-parse", "HEAD")

    def package(self, name: str, version: str, first: str = "pass") -> str:
        """Commit a package that says its version; ``first`` is what its build does first."""
        files = {
            "pyproject.toml": PYPROJECT,
            "backend.py": BACKEND.format(name=name, version=version, first=first),
            f"{name}/__init__.py": f"__version__ = {version!r}\n",
        }
        return self.commit(files)

    def trees(self) -> list[str]:
        """Work trees git knows of, this one first."""
        return [
            line for line in self.git("worktree", "list", "--porcelain").splitlines() if line.startswith("worktree")
        ]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Repository]:
    """``repository()``: an empty one. pip has no index, temporary folders are in ``tmp_path / 'temporary'``."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    return lambda: Repository(tmp_path / "repository")
