"""What a worker inherits from whoever starts it."""

from __future__ import annotations

from effbench.processes.process import _environment

GIVEN = {"PYTHONPATH": "/project", "HOME": "/home", "OMP_NUM_THREADS": "64"}


def test_another_revision_is_not_shadowed_by_the_project_of_the_caller():
    assert "PYTHONPATH" not in _environment(GIVEN, 1, foreign=True)
    assert _environment(GIVEN, 1, foreign=True)["HOME"] == "/home"


def test_in_our_own_interpreter_a_model_file_finds_what_its_user_set_up():
    assert _environment(GIVEN, 1, foreign=False)["PYTHONPATH"] == "/project"


def test_the_number_of_threads_is_ours_to_say():
    assert _environment(GIVEN, 3, foreign=False)["OMP_NUM_THREADS"] == "3"
