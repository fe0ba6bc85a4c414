"""The measurement of a training, as it is and compiled: what it times, and what is left of it."""

from __future__ import annotations

import dataclasses
import io
import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("sklearn")

from effbench.training.loop import probe  # noqa: E402 - after the check for torch
from effbench.training.loop.job import Job  # noqa: E402
from effbench.training.loop.loop import Loop  # noqa: E402


@pytest.fixture
def job(recipe):
    """A training on digits, 16 epochs of it."""
    return Job(recipe=recipe("model='ravit_cifar10:1-1,width=8,num_heads=2'", "training.epochs=16"), seed=0)


@pytest.fixture
def compiler(monkeypatch):
    """Every training is long enough to compile; networks that were compiled, which stay as they are."""
    asked = []
    monkeypatch.setattr(probe, "LONG", 0.0)
    monkeypatch.setattr(
        "effbench.training.loop.loop.compiled", lambda network, device: asked.append(network) or network
    )
    return asked


def test_a_short_training_is_not_compiled(job):
    found = probe.speed(job)
    assert found.separate > 0
    assert (found.compiled, found.compiling, found.why, found.why_not) == (None, 0.0, "", "")


def test_a_long_training_is_compiled_too(job, compiler):
    found = probe.speed(job)
    assert len(compiler) == 1
    assert found.compiled > 0
    assert found.compiling > 0
    assert found.why_not == ""


def test_both_take_their_turns_a_few_steps_each(job, compiler, monkeypatch):
    turns, made = [], Loop.epoch

    def noted(loop, *rest):
        turns.append((loop.recipe.training.compile, loop.per_epoch))
        return made(loop, *rest)

    monkeypatch.setattr(Loop, "epoch", noted)
    probe.speed(job)
    every = 1 + probe.ROUNDS
    alone, compiling, both = turns[:every], turns[every], turns[every + 1 :]
    assert alone == [(False, probe.STEPS)] * every
    assert compiling == (True, probe.STEPS)
    assert both == [(False, probe.STEPS), (True, probe.STEPS)] * every


def test_a_compiler_that_fails_is_no_failure(job, compiler, monkeypatch):
    def broken(*rest):
        raise RuntimeError("no compiler\nmore lines")

    monkeypatch.setattr("effbench.training.loop.loop.compiled", broken)
    found = probe.speed(job)
    assert found.separate > 0
    assert (found.compiled, found.why_not) == (None, "no compiler")


def test_a_job_is_answered_on_standard_output(job, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(job.as_plain())))
    assert probe.serve(probe.speed) == 0
    assert json.loads(capsys.readouterr().out).keys() == {field.name for field in dataclasses.fields(probe.Speed)}


def test_bad_input_is_one_line(job, monkeypatch, capsys):
    bad = dataclasses.replace(job, recipe=dataclasses.replace(job.recipe, model="ravit_cifar10:9-x"))
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(bad.as_plain())))
    assert probe.serve(probe.speed) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
