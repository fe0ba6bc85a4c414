"""The errors that ``nox -s mutants`` draws."""

from __future__ import annotations

import pytest
from mutants import is_found, mutants

TEXT = "def f(x):\n    return x < 3 and not True\n"


@pytest.fixture
def copy(tmp_path):
    """A package with a room ``cost`` and its test."""
    for folder in ("effbench/cost", "tests/cost"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "effbench" / "__init__.py").touch()  # else an installed one would be found
    (tmp_path / "effbench" / "cost" / "a.py").write_text(TEXT)
    test = "from effbench.cost.a import f\n\ndef test_it():\n    assert f(2) is False\n"
    (tmp_path / "tests" / "cost" / "test_a.py").write_text(test)
    return tmp_path


def test_each_is_one_error(copy):
    found = list(mutants(copy / "effbench" / "cost" / "a.py", copy))
    assert {(one.was, one.line) for one in found} == {("x < 3 and (not True)", 2), ("x < 3", 2), ("3", 2), ("True", 2)}
    assert {one.file for one in found} == {"effbench/cost/a.py"}
    assert "    return x < 3 or not True" in [one.text.splitlines()[1] for one in found]


def test_one_that_a_test_sees_is_found_and_taken_out_again(copy):
    by_what = {one.was: one for one in mutants(copy / "effbench" / "cost" / "a.py", copy)}
    assert is_found(by_what["True"], copy)
    assert not is_found(by_what["3"], copy)
    assert (copy / "effbench" / "cost" / "a.py").read_text() == TEXT
