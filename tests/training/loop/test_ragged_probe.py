"""The measurement of both programs: what it times, and what is left of it."""

from __future__ import annotations

import dataclasses
import io
import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("sklearn")

from effbench.errors import SpecError  # noqa: E402 - after the check for torch
from effbench.training.loop.job import Job  # noqa: E402
from effbench.training.loop.ragged import probe  # noqa: E402

CELLS = ("1-1", "0-2", "2-0")


@pytest.fixture
def recipes(recipe):
    """Three cells on digits."""
    return tuple(recipe(f"model='ravit_cifar10:{cell},width=8,num_heads=2'") for cell in CELLS)


def test_both_take_time(recipes):
    found = probe.speed(Job(recipes=recipes, seed=0))
    assert found.separate > 0
    assert found.ragged is not None
    assert found.ragged > 0
    assert found.why == ""


def test_every_cell_takes_its_turn_as_often_as_the_program(recipes, monkeypatch):
    turns = []
    made = probe._turn

    def noted(recipe, *rest):
        turn = made(recipe, *rest)
        return lambda: (turns.append(type(rest[1]).__name__), turn())[1]

    monkeypatch.setattr(probe, "_turn", noted)
    probe.speed(Job(recipes=recipes, seed=0))
    assert turns.count("Together") == 1 + probe.ROUNDS
    assert turns.count("Classify") == 3 * (1 + probe.ROUNDS)


def test_a_turn_is_a_few_steps_that_learn(recipes, monkeypatch):
    loops = []
    from effbench.training.loop.loop import Loop

    made = Loop.__init__

    def kept(loop, *rest):
        made(loop, *rest)
        loops.append(loop)

    monkeypatch.setattr(Loop, "__init__", kept)
    probe.speed(Job(recipes=recipes[:2], seed=0))
    assert [loop.per_epoch for loop in loops] == [probe.STEPS] * 3


def test_a_program_that_does_not_fit_is_none(recipes, monkeypatch):
    def full(*rest):
        raise RuntimeError("not enough memory: you tried to allocate 1 byte\nmore lines")

    monkeypatch.setattr(probe, "together", full)
    found = probe.speed(Job(recipes=recipes, seed=0))
    assert (found.ragged, found.why) == (None, "not enough memory: you tried to allocate 1 byte")
    assert found.separate > 0


def test_a_long_training_is_compiled_too(recipes, monkeypatch):
    asked = []
    monkeypatch.setattr(probe, "LONG", 0.0)
    monkeypatch.setattr(
        "effbench.training.loop.loop.compiled", lambda network, device: asked.append(network) or network
    )
    found = probe.speed(Job(recipes=recipes, seed=0, steps=1000))
    assert len(asked) == 1
    assert found.compiled is not None
    assert found.compiled > 0
    assert found.compiling > 0
    assert found.why_not == ""


def test_a_short_training_is_not_compiled(recipes):
    found = probe.speed(Job(recipes=recipes, seed=0, steps=10))
    assert (found.compiled, found.compiling, found.why_not) == (None, 0.0, "")


def test_a_compiler_that_fails_is_no_failure(recipes, monkeypatch):
    def broken(*rest):
        raise RuntimeError("no compiler\nmore lines")

    monkeypatch.setattr(probe, "LONG", 0.0)
    monkeypatch.setattr("effbench.training.loop.loop.compiled", broken)
    found = probe.speed(Job(recipes=recipes, seed=0, steps=1000))
    assert (found.compiled, found.why_not) == (None, "no compiler")
    assert found.ragged is not None


def test_other_trainings_are_refused(recipes):
    other = dataclasses.replace(recipes[1], optimiser=dataclasses.replace(recipes[1].optimiser, lr=0.5))
    with pytest.raises(SpecError, match="trained together, recipes may differ in the layers"):
        probe.speed(Job(recipes=(recipes[0], other), seed=0))


def test_a_job_is_answered_on_standard_output(recipes, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(Job(recipes=recipes, seed=0).as_plain())))
    assert probe.main() == 0
    assert json.loads(capsys.readouterr().out).keys() == {field.name for field in dataclasses.fields(probe.Speed)}


def test_bad_input_is_one_line(recipes, monkeypatch, capsys):
    job = Job(recipes=(dataclasses.replace(recipes[0], model="ravit_cifar10:9-x"),), seed=0)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(job.as_plain())))
    assert probe.main() == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
