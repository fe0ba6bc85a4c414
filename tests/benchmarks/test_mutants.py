"""The errors that ``nox -s mutants`` draws."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from mutated.covering import files_for
from mutated.errors import NAMED, drawn, mutant, named, places

ROOT = Path(__file__).resolve().parents[2]
TEXT = "@a(1)\ndef f(x: 5):\n    return x < 3 and not False\n"


@pytest.fixture
def copy(tmp_path):
    """A package with a room ``cost`` and its test."""
    for folder in ("effbench/cost", "tests/cost"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "effbench" / "__init__.py").touch()  # else an installed one would be found
    (tmp_path / "effbench" / "cost" / "a.py").write_text(TEXT.replace("@a(1)\n", ""))
    test = "from effbench.cost.a import f\n\ndef test_it():\n    assert f(2) is True\n"
    (tmp_path / "tests" / "cost" / "test_a.py").write_text(test)
    return tmp_path


def test_each_is_one_error_in_what_runs():
    assert [(ast.unparse(node), inside) for node, inside in places(ast.parse(TEXT))] == [
        ("x < 3 and (not False)", "f"),
        ("x < 3", "f"),
        ("3", "f"),
        ("False", "f"),
    ]


def test_an_error_is_the_file_with_one_expression_turned(copy):
    one = mutant(copy / "effbench" / "cost" / "a.py", 1, copy)
    assert (one.file, one.line, one.was, one.now) == ("effbench/cost/a.py", 2, "x < 3", "x <= 3")
    assert one.text.splitlines()[1] == "    return x <= 3 and (not False)"


def test_a_seed_draws_the_same_and_each_once(copy):
    found = drawn(("cost",), 4, 0, copy)
    assert found == drawn(("cost",), 4, 0, copy)
    assert {one.was for one in found} == {"x < 3 and (not False)", "x < 3", "3", "False"}


def test_what_tests_once_missed_still_stands_in_the_package():
    assert [(one.file, one.was) for one in named(ROOT)] == [(file, was) for file, was, _ in NAMED]


def test_the_files_for_a_module_are_those_of_its_name_and_those_that_import_it():
    found = files_for("effbench/files/locks.py", ROOT)
    assert found[0] == "tests/files/test_locks.py"
    assert "tests/files/test_journal.py" in found
    assert "tests/files/test_toml.py" not in found
    found = files_for("effbench/gate/check.py", ROOT)  # which no test of its room is named after
    assert found[0] == "tests/cli/test_gate_check.py"
    assert "tests/gate/test_power.py" in found


def test_the_campaign_finds_what_a_test_sees_and_goes_on_where_it_was(copy, tmp_path):
    out = tmp_path / "out.jsonl"
    words = ["--root", copy, "--rooms", "cost", "--mutants", "4", "--out", out]
    command = [sys.executable, ROOT / "benchmarks" / "mutants.py", *words]
    for left in (3, 0):  # the second time a better test is there, and only what was left is asked again
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == (1 if left else 0), ran.stdout + ran.stderr
        found = [json.loads(line)["found"] for line in out.read_text().splitlines()]
        assert (len(found), found.count(False), ran.stdout.count("ALIVE")) == (4, left, left)
        assert f"4 errors drawn by seed 0, {4 - left} found" in out.with_suffix(".md").read_text()
        with (copy / "tests" / "cost" / "test_a.py").open("a") as stream:
            stream.write("    assert f(3) is False\n")
    assert ran.stdout.count("'found': ") == 3
    assert (copy / "effbench" / "cost" / "a.py").read_text() == TEXT.replace("@a(1)\n", "")
