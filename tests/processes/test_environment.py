"""The conditions of a measurement."""

from __future__ import annotations

import json
import os
import platform
import subprocess

from effbench import __version__
from effbench.processes import environment


def test_conditions_say_machine_versions_revision_and_load(tmp_path):
    found = environment.conditions(tmp_path)
    assert json.loads(json.dumps(found)) == found
    assert found["cores"] == os.cpu_count()
    assert found["libraries"]["python"] == platform.python_version()
    assert found["libraries"]["effbench"] == __version__
    assert {"machine", "cpu", "memory_bytes", "system", "accelerator", "commit", "dirty", "load"} <= set(found)


def test_the_machine_is_known_again_and_its_host_name_is_nowhere():
    assert environment.machine() == environment.machine.__wrapped__()
    assert platform.node() not in json.dumps(environment.conditions())


def test_a_library_that_is_not_installed_is_said_to_be_none(monkeypatch):
    monkeypatch.setattr(environment, "LIBRARIES", ("no_such_library",))
    assert environment.libraries.__wrapped__()["no_such_library"] is None


def test_a_revision_and_whether_it_was_changed(tmp_path):
    assert environment.revision(tmp_path) == {"commit": None, "dirty": None}
    who = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True)
    clean = environment.revision(tmp_path)
    assert clean["dirty"] is False
    assert len(clean["commit"]) == 40
    (tmp_path / "new.txt").write_text("x")
    assert environment.revision(tmp_path) == {"commit": clean["commit"], "dirty": True}


def test_no_git_is_no_revision(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.revision(tmp_path) == {"commit": None, "dirty": None}


def test_a_copy_without_git_is_told_its_commit(tmp_path, monkeypatch):
    monkeypatch.setenv(environment.COMMIT, "abc")
    assert environment.revision(tmp_path) == {"commit": "abc", "dirty": None}


def test_another_python_is_not_shadowed_by_the_project_of_the_caller():
    given = {"PYTHONPATH": "/project", "PYTHONHOME": "/python", "HOME": "/home"}
    assert environment.without_python_path(given) == {"HOME": "/home"}
