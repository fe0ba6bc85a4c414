"""A sample of the campaign (``nox -s fuzz``), and that its watch sees what it is for."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("torch")
pytest.importorskip("scipy")

import files
import lines
import run
from valid import valid_lines

LIMIT = 30.0
"""Seconds; the suite shares its processor, and some case is the first to import torch."""


def faults(cases):
    """Of the cases that have one."""
    found = {case.words: run.fault_of(case.words, case.codes, LIMIT) for case in cases}
    return {words: fault for words, fault in found.items() if fault}


@pytest.mark.usefixtures("inside")
def test_a_bad_line_is_one_short_line_and_exit_code_2():
    assert faults(lines.drawn(60, seed=1)) == {}


@pytest.mark.usefixtures("inside")
def test_a_damaged_file_is_one_short_line():
    found = {}
    for mutant in list(files.mutants(seed=1, values=8))[::6]:
        mutant.write()
        found |= faults([mutant.case])
    assert found == {}


@pytest.mark.usefixtures("inside")
def test_valid_lines_pass():
    assert faults(list(valid_lines())[::20]) == {}


@pytest.mark.usefixtures("inside")
def test_the_campaign_is_as_large_as_it_says():
    assert len(list(lines.bad_lines())) >= 2000
    assert len(list(valid_lines())) >= 300


def test_every_command_is_tried(inside):
    tried = {case.words[0] for case in lines.bad_lines()}
    assert tried >= {command.words[0] for command in lines.commands()}


@pytest.mark.parametrize(
    ("main", "said"),
    [
        (lambda words: 0, "ended with 0"),
        (lambda words: 1 / 0, "traceback: ZeroDivisionError"),
        (lambda words: time.sleep(1) or 2, "took more than 0.05 s"),
        (lambda words: 2, "0 lines of error"),
    ],
)
def test_the_watch_sees_a_fault(monkeypatch, main, said):
    monkeypatch.setattr(run, "main", main)
    assert said in run.fault_of(["flops"], (2,), 0.05)
