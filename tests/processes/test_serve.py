"""The worker's end of the pipe, as the program it is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from effbench.processes.process import program
from effbench.processes.serve import reply

MODULE = """
from . import WORD

def answer(request):
    print("a library says something")
    return {"sum": sum(request), "word": WORD}

def main(serve):
    serve(answer, lambda error: "of its own")
"""


@pytest.fixture
def package(tmp_path):
    """A package whose name others have, too."""
    (tmp_path / "adder").mkdir()
    (tmp_path / "adder" / "__init__.py").write_text("WORD = 'mine'")
    (tmp_path / "adder" / "inner.py").write_text(MODULE)
    return tmp_path / "adder"


def test_every_line_is_answered_and_what_is_printed_is_not_an_answer(package):
    command = program("json", package, "inner")
    ran = subprocess.run(command, input='[1, 2]\n["a"]\n[]\n', capture_output=True, text=True, check=True)
    first, second, third = map(json.loads, ran.stdout.splitlines())
    assert (first, third) == ({"ok": {"sum": 3, "word": "mine"}}, {"ok": {"sum": 0, "word": "mine"}})
    assert second["kind"] == "of its own"
    assert second["error"].startswith("TypeError: ")
    assert ran.stderr.splitlines() == ["a library says something"] * 3


def test_an_answer_that_json_cannot_hold_is_an_error():
    assert (
        json.loads(reply(lambda request: {1, 2}, {}))["error"]
        == "TypeError: Object of type set is not JSON serializable"
    )


def test_a_foreign_interpreter_does_not_read_the_variables_of_python(package):
    assert "-E" in program("adder", package, "inner", python="/other/python")
    assert "-E" not in program("adder", package, "inner", python=sys.executable)
