"""An interpreter for one revision: what it imports and from where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import effbench
from effbench.errors import EffbenchError
from effbench.gate import overlay


def imported(python: Path, module: str) -> str | None:
    """Where the interpreter finds a module; None if it does not."""
    code = f"import importlib.util as u; s = u.find_spec({module!r}); print(s.origin if s else '')"
    ran = subprocess.run([str(python), "-E", "-P", "-c", code], capture_output=True, text=True, check=True)
    return ran.stdout.strip() or None


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the running environment: ``library`` is installed in it, ``leak`` is an editable install."""
    site = tmp_path / "env" / "site-packages"
    (tmp_path / "source").mkdir()
    site.mkdir(parents=True)
    (tmp_path / "source" / "leak.py").touch()
    (site / "library.py").touch()
    (site / "leak.pth").write_text(f"{tmp_path / 'source'}\nimport sys; sys.leaked = True\n")
    monkeypatch.setattr("sys.path", [str(tmp_path / "source"), str(site), str(tmp_path / "gone" / "site-packages")])
    return site


def test_libraries_are_seen_but_no_editable_install_is(running, tmp_path):
    assert overlay.libraries() == [running]
    (tmp_path / "project").mkdir()
    python = overlay.make(tmp_path / "new", tmp_path / "project")
    assert imported(python, "library") == str(running / "library.py")
    assert imported(python, "leak") is None
    code = "import sys; print(hasattr(sys, 'leaked'))"
    assert subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_project_without_packaging_comes_before_what_is_installed(running, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "library.py").touch()
    python = overlay.make(tmp_path / "new", project)
    assert imported(python, "library") == str(project / "library.py")


def test_of_the_running_effbench_only_the_package_is_seen(running, tmp_path):
    (tmp_path / "project").mkdir()
    python = overlay.make(tmp_path / "new", tmp_path / "project")
    found = imported(python, "effbench")
    assert found is not None
    assert Path(found).resolve() == Path(effbench.__file__).resolve()
    for beside in ("noxfile", "benchmarks"):  # lie next to the package in the repository
        assert imported(python, beside) is None


def test_isolated_has_nothing_of_the_running_environment(repository, tmp_path):
    repo = repository()
    repo.package("toy", "1.0")
    python = overlay.make(tmp_path / "new", repo.folder, isolated=True)
    assert imported(python, "toy") == str(next((tmp_path / "new").glob("lib/*/site-packages")) / "toy" / "__init__.py")
    assert imported(python, "pytest") is None
    assert imported(python, "effbench") is not None


def test_isolated_without_packaging_needs_to_be_told(tmp_path):
    (tmp_path / "project").mkdir()
    with pytest.raises(EffbenchError, match="project has no packaging: name what an isolated environment installs"):
        overlay.make(tmp_path / "new", tmp_path / "project", isolated=True)


def test_what_to_install_is_never_an_option(repository, tmp_path):
    repo = repository()
    repo.commit({})
    with pytest.raises(EffbenchError, match=r"pip install --version failed: .*--version"):
        overlay.make(tmp_path / "new", repo.folder, install=["--version"])


@pytest.mark.parametrize(
    ("files", "packaged"),
    [
        ({}, False),
        ({"pyproject.toml": "[tool.ruff]\n"}, False),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, True),
        ({"pyproject.toml": "[build-system]\nrequires = []\n"}, True),
        ({"setup.py": ""}, True),
    ],
)
def test_what_counts_as_packaging(tmp_path, files, packaged):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert overlay.is_packaged(tmp_path) is packaged


@pytest.mark.parametrize(
    ("requires", "offline"),
    [
        ("[]", True),
        ("['pytest>=1']", True),  # installed: we run in it
        ("['pytest[extra] ; python_version > \"3\"']", True),
        ("['pytest', 'no-such-builder>=1.24']", False),
    ],
)
def test_a_build_is_offline_where_everything_it_needs_is_installed(tmp_path, requires, offline):
    (tmp_path / "pyproject.toml").write_text(f"[build-system]\nrequires = {requires}\n")
    assert overlay.builds_offline(tmp_path) is offline


def test_a_broken_pyproject_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project\n")
    with pytest.raises(EffbenchError, match=r"pyproject\.toml cannot be read"):
        overlay.is_packaged(tmp_path)


def test_the_environment_is_one_of_this_python(running, tmp_path):
    (tmp_path / "project").mkdir()
    python = overlay.make(tmp_path / "new", tmp_path / "project")
    ran = subprocess.run(
        [str(python), "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == sys.version.strip()
