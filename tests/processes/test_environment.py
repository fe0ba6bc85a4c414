"""The conditions of a measurement."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import replace

from effbench import __version__
from effbench.files.typed import typed
from effbench.processes import environment
from effbench.processes.environment import Conditions, joined


def test_conditions_say_machine_versions_revision_and_load(tmp_path):
    found = environment.conditions(tmp_path)
    assert typed(Conditions, json.loads(json.dumps(found.plain())), "conditions") == found
    assert found.cores == os.cpu_count()
    assert found.libraries["python"] == platform.python_version()
    assert found.libraries["effbench"] == __version__
    assert f"python {platform.python_version()}, effbench {__version__}" in str(found.flat()["libraries"])


def test_conditions_of_several_processes_are_joined(tmp_path):
    one = environment.conditions(tmp_path)
    clean, changed = replace(one, commit="a", dirty=False, load=None), replace(one, commit="b", dirty=True, load=2.0)
    found = joined([clean, changed, replace(clean, load=1.0)])
    assert (found.commit, found.dirty, found.load, found.machine) == ("a, b", True, 2.0, one.machine)
    assert joined([one]).dirty is None  # outside a repository


def test_the_machine_is_known_again_and_its_host_name_is_nowhere():
    assert environment.machine() == environment.machine.__wrapped__()
    assert platform.node() not in json.dumps(environment.conditions().plain())


def test_a_library_that_is_not_installed_is_said_to_be_none(monkeypatch):
    monkeypatch.setattr(environment, "LIBRARIES", ("no_such_library",))
    assert environment.libraries.__wrapped__()["no_such_library"] is None


def test_a_revision_and_whether_it_was_changed(tmp_path):
    assert environment.revision(tmp_path) == (None, None)
    who = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True)
    clean = environment.revision(tmp_path)
    assert clean.dirty is False
    assert len(clean.commit) == 40
    (tmp_path / "new.txt").write_text("x")
    assert environment.revision(tmp_path) == (clean.commit, True)


def test_no_git_is_no_revision(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.revision(tmp_path) == (None, None)


def test_a_copy_without_git_is_told_its_commit(tmp_path, monkeypatch):
    monkeypatch.setenv(environment.COMMIT, "abc")
    assert environment.revision(tmp_path) == ("abc", None)


def test_another_python_is_not_shadowed_by_the_project_of_the_caller():
    given = {"PYTHONPATH": "/project", "PYTHONHOME": "/python", "HOME": "/home"}
    assert environment.without_python_path(given) == {"HOME": "/home"}
