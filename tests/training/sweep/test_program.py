"""Trainings compiled or as they are: asked for, measured, kept."""

from __future__ import annotations

import json

import pytest

from effbench.errors import EffbenchError
from effbench.files.locks import is_held, lock_of
from effbench.training.loop.speed import Speed
from effbench.training.recipes import steps_of_training
from effbench.training.sweep import program
from effbench.training.sweep.plan import plan
from effbench.training.sweep.program import FILE, Program, change, decided, kept_in, measured, require_program

STEPS = 22 * 50
"""Of 50 epochs of digits in batches of 64."""


def cost(trial):
    """Layers: what a cell costs, about."""
    return trial.cell["b1"] + trial.cell["b2"]


@pytest.fixture
def grid(table):
    """Eight cells, two seeds, 50 epochs."""
    axes = {"b1": [0, 1, 2], "b2": [0, 1, 2], "exclude": [{"b1": 0, "b2": 0}]}
    return plan(table(sweep=axes, training={"epochs": 50, "seeds": [0, 1]}), "grid")


def answering(separate, **found):
    """A probe that says this, and keeps what it was asked."""

    def probe(trial):
        probe.asked.append(trial.cell)
        return Speed(separate=separate, **found)

    probe.asked = []
    return probe


def never(trial):
    raise AssertionError("nothing is to be measured")


def chosen(sweep, folder, asked="auto", probe=never):
    return decided(asked, sweep, folder, cost=cost, probe=probe)


@pytest.mark.parametrize(
    ("compiled", "compiling", "name"),
    [
        (0.050, 0.0, "compiled"),
        (0.094, 0.0, "compiled"),
        (0.096, 0.0, "separate"),
        (0.050, 0.04 * STEPS, "compiled"),  # 90 ms a step with its share
        (0.050, 0.05 * STEPS, "separate"),
    ],
)
def test_compiling_must_gain_a_twentieth_before_the_training_ends(grid, tmp_path, compiled, compiling, name):
    assert steps_of_training(grid.trials[0].recipe) == STEPS
    probe = answering(0.1, compiled=compiled, compiling=compiling)
    found = chosen(grid, tmp_path, probe=probe)
    assert found.name == name
    times = f"100.0 ms, {1e3 * compiled:.1f} ms compiled, after {compiling:.0f} s of compiling"
    assert found.why == f"a step of the most expensive cell took {times}"
    assert probe.asked == [{"b1": 2, "b2": 2}]


def test_of_two_sweeps_that_begin_at_once_both_run_the_program_that_was_kept_first(grid, tmp_path):
    def slow(trial):
        assert chosen(grid, tmp_path, probe=answering(0.1, compiled=0.05)).name == "compiled"
        return Speed(separate=0.1, compiled=0.2)

    assert chosen(grid, tmp_path, probe=slow).name == "compiled"
    assert kept_in(tmp_path).name == "compiled"


def test_nobody_else_chooses_between_looking_and_writing(grid, tmp_path, monkeypatch):
    locked = []
    monkeypatch.setattr(program, "write_files", lambda files: locked.append(is_held(lock_of(tmp_path / FILE))))
    chosen(grid, tmp_path, "separate")
    assert locked == [True]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"why_not": "no C++ compiler"}, "cell took 100.0 ms; not compiled: no C++ compiler"),
        ({}, "cell took 100.0 ms; not compiled: the training is too short for it to pay"),
    ],
)
def test_what_was_not_compiled_is_told(grid, tmp_path, found, why):
    made = chosen(grid, tmp_path, probe=answering(0.1, **found))
    assert made.name == "separate"
    assert made.why.endswith(why)


def test_a_measurement_that_died_is_told(grid, tmp_path):
    found = chosen(grid, tmp_path, probe=answering(0.0, why="the measurement ended with code -9"))
    assert (found.name, found.why) == ("separate", "not measured: the measurement ended with code -9")


def test_the_choice_is_kept_with_the_sweep_and_not_measured_again(grid, tmp_path):
    found = chosen(grid, tmp_path, probe=answering(0.1, compiled=0.05))
    assert kept_in(tmp_path) == found
    assert chosen(grid, tmp_path) == chosen(grid, tmp_path, "compiled") == found
    assert chosen(grid, tmp_path, "separate").why == "asked for"
    assert kept_in(tmp_path).name == "separate"


def test_another_sweep_in_the_folder_makes_its_own_choice(grid, table, tmp_path):
    chosen(grid, tmp_path, "compiled")
    assert chosen(plan(table(), "other"), tmp_path).name == "separate"


@pytest.mark.parametrize("content", ["", "[]", '{"name": "compiled"}'])
def test_a_choice_that_cannot_be_read_is_one_line(grid, tmp_path, content):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(EffbenchError, match=r"program\.json cannot be read; remove it to choose the program again"):
        chosen(grid, tmp_path)


def test_a_choice_of_a_program_that_is_gone_is_made_again(grid, tmp_path):
    former = {"sweep": "grid", "name": "ragged", "groups": 2, "why": "asked for"}
    (tmp_path / FILE).write_text(json.dumps(former))
    assert kept_in(tmp_path) is None
    assert chosen(grid, tmp_path, probe=answering(0.1, compiled=0.05)).name == "compiled"
    (tmp_path / FILE).write_text(json.dumps({**former, "name": "separate"}))
    assert chosen(grid, tmp_path) == Program(sweep="grid", name="separate", why="asked for")


def test_a_program_that_is_gone_or_never_was_is_one_line():
    with pytest.raises(EffbenchError, match=r"ragged, .*, is gone: .*Choose from auto, separate, compiled"):
        require_program("ragged")
    with pytest.raises(EffbenchError, match=r"^--program: Choose from auto, separate, compiled; got 'fast'$"):
        require_program("fast")
    require_program("auto")


def test_nothing_is_measured_where_it_would_not_pay(table, tmp_path):
    assert chosen(plan(table(), "short"), tmp_path).why == "too little to train for a measurement to pay"


def test_on_other_machines_nothing_is_measured_here(grid, tmp_path):
    found = chosen(grid, tmp_path, probe=None)
    assert (found.name, found.why) == ("separate", "not measured: the trainings run on other machines")


@pytest.mark.parametrize("name", ["separate", "compiled"])
def test_a_compiled_trial_keeps_its_key(grid, name):
    trial = grid.trials[0]
    made = change(Program(sweep="grid", name=name, why=""))(trial)
    assert (made.key, made.cell, made.recipe.training.compile) == (trial.key, trial.cell, name == "compiled")


def test_a_trial_is_measured_in_a_process_of_its_own(grid):
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    found = measured(grid.trials[0], root=None, device="cpu", environment={"OMP_NUM_THREADS": "1"})
    assert found.separate > 0
    assert found.compiled is None


def test_bad_input_is_the_line_of_the_measuring_process(table):
    pytest.importorskip("torch")
    elsewhere = plan(table(data={"name": "cifar10", "size": 32}), "elsewhere")
    with pytest.raises(EffbenchError, match="cifar10") as error:
        measured(elsewhere.trials[0], root=None, device="cpu", environment={})
    assert not str(error.value).startswith("effbench")


def test_a_process_that_dies_says_so(grid, monkeypatch):
    monkeypatch.setattr("effbench.training.sweep.program.sys.executable", "/bin/false")
    found = measured(grid.trials[0], root=None, device="cpu", environment={})
    assert found == Speed(separate=0.0, why="the measurement ended with code 1")
