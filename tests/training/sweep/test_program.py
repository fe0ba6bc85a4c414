"""One process per cell, compiled or not, or one program: asked for, measured, kept; and which cells go together."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError, SpecError
from effbench.files.locks import is_held, lock_of
from effbench.training.loop.ragged.alike import Speed
from effbench.training.sweep import program
from effbench.training.sweep.plan import plan
from effbench.training.sweep.program import FILE, Program, decided, grouping, kept_in, measured


def cost(trial):
    """Layers: what a cell costs, about."""
    return trial.cell["b1"] + trial.cell["b2"]


@pytest.fixture
def grid(table):
    """Eight cells, two seeds."""
    axes = {"b1": [0, 1, 2], "b2": [0, 1, 2], "exclude": [{"b1": 0, "b2": 0}]}
    return plan(table(sweep=axes), "grid")


def answering(separate, ragged, why="", **compiled):
    """A probe that says this, and keeps what it was asked."""
    asked = []

    def probe(recipes, seed):
        asked.append((len(recipes), seed))
        return Speed(separate=separate, ragged=ragged, why=why, **compiled)

    probe.asked = asked
    return probe


def never(recipes, seed):
    raise AssertionError("nothing is to be measured")


def chosen(sweep, folder, asked="auto", *, groups=2, steps=1000, probe=never):
    return decided(asked, sweep, folder, groups=groups, steps=steps, cost=cost, probe=probe)


@pytest.mark.parametrize(("ragged_s", "name"), [(0.050, "ragged"), (0.094, "ragged"), (0.096, "separate")])
def test_the_faster_one_is_chosen_and_one_program_must_gain_a_twentieth(grid, tmp_path, ragged_s, name):
    probe = answering(0.1, ragged_s)
    found = chosen(grid, tmp_path, probe=probe)
    assert (found.name, found.groups) == (name, 2)
    assert found.why == f"a step of 4 cells took 100.0 ms one after the other, {1e3 * ragged_s:.1f} ms as one program"
    assert probe.asked == [(4, 0)]


def test_of_two_sweeps_that_begin_at_once_both_run_the_program_that_was_kept_first(grid, tmp_path):
    def slow(recipes, seed):
        assert chosen(grid, tmp_path, probe=answering(0.1, 0.05)).name == "ragged"
        return answering(0.1, 0.2)(recipes, seed)

    assert chosen(grid, tmp_path, probe=slow).name == "ragged"
    assert kept_in(tmp_path).name == "ragged"


def test_nobody_else_chooses_between_looking_and_writing(grid, tmp_path, monkeypatch):
    locked = []
    monkeypatch.setattr(program, "write_files", lambda files: locked.append(is_held(lock_of(tmp_path / FILE))))
    chosen(grid, tmp_path, "separate")
    assert locked == [True]


def test_a_program_that_does_not_fit_is_not_chosen(grid, tmp_path):
    found = chosen(grid, tmp_path, probe=answering(0.1, None, "out of memory"))
    why = "a step of 4 cells took 100.0 ms one after the other; one program is impossible here: out of memory"
    assert (found.name, found.why) == ("separate", why)


@pytest.mark.parametrize(
    ("step", "compiling", "steps", "name"),
    [
        (0.05, 5, 1000, "compiled"),  # 4 cells, 20 s: 70 ms a step
        (0.05, 5, 2000, "compiled"),
        (0.05, 8, 1000, "ragged"),  # 82 ms a step: more than one program
        (0.05, 8, 2000, "compiled"),
        (0.09, 1, 1000, "ragged"),
    ],
)
def test_compiling_must_pay_before_the_trainings_end(grid, tmp_path, step, compiling, steps, name):
    probe = answering(0.1, 0.08, compiled=step, compiling=compiling)
    found = chosen(grid, tmp_path, probe=probe, steps=steps)
    assert found.name == name
    times = f"100.0 ms one after the other, 80.0 ms as one program, {1e3 * step:.1f} ms compiled one by one"
    told = f"after {4 * compiling} s of compiling (both by the most expensive cell)"
    assert found.why == f"a step of 4 cells took {times}, {told}"


def test_compiled_cells_must_gain_a_twentieth_too(grid, tmp_path):
    assert chosen(grid, tmp_path, probe=answering(0.1, None, "no", compiled=0.096)).name == "separate"


def test_a_compiler_that_fails_is_told(grid, tmp_path):
    found = chosen(grid, tmp_path, probe=answering(0.1, 0.2, why_not="no C++ compiler"))
    assert found.name == "separate"
    assert found.why.endswith("200.0 ms as one program; not compiled: no C++ compiler")


def test_a_measurement_that_died_is_told(grid, tmp_path):
    found = chosen(grid, tmp_path, probe=answering(0.0, None, "the measurement ended with code -9"))
    assert (found.name, found.why) == ("separate", "not measured: the measurement ended with code -9")


def test_the_choice_is_kept_with_the_sweep_and_not_measured_again(grid, tmp_path):
    found = chosen(grid, tmp_path, probe=answering(0.1, 0.05))
    assert kept_in(tmp_path) == found
    assert chosen(grid, tmp_path, groups=7) == found
    assert chosen(grid, tmp_path, "ragged") == found
    assert chosen(grid, tmp_path, "separate").why == "asked for"
    assert kept_in(tmp_path).name == "separate"


def test_another_sweep_in_the_folder_makes_its_own_choice(grid, table, tmp_path):
    chosen(grid, tmp_path, "ragged")
    other = plan(table(), "other")
    assert chosen(other, tmp_path).name == "separate"


@pytest.mark.parametrize("content", ["", "[]", '{"name": "ragged"}'])
def test_a_choice_that_cannot_be_read_is_one_line(grid, tmp_path, content):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(EffbenchError, match=r"program\.json cannot be read; remove it to choose the program again"):
        chosen(grid, tmp_path)


def test_nothing_is_measured_where_it_would_not_pay(grid, tmp_path):
    assert chosen(grid, tmp_path / "short", steps=399).why == "too little to train for a measurement to pay"
    assert chosen(grid, tmp_path / "few", groups=3).why == "too little to train for a measurement to pay"
    assert chosen(grid, tmp_path / "known", steps=None, probe=answering(1, 0.5)).name == "ragged"


def test_on_other_machines_nothing_is_measured_here(grid, tmp_path):
    found = chosen(grid, tmp_path, probe=None)
    assert (found.name, found.why) == ("separate", "not measured: the trainings run on other machines")
    assert chosen(grid, tmp_path, "ragged", probe=None).name == "ragged"


def test_cells_that_differ_in_more_than_layers_are_trained_one_by_one(table, tmp_path):
    rates = plan(table(sweep={"b1": [1, 2], "b2": [1, 2], "optimiser.lr": [1e-3, 2e-3]}), "rates")
    assert "optimiser" in chosen(rates, tmp_path).why
    with pytest.raises(SpecError, match="trained together, recipes may differ in the layers"):
        chosen(rates, tmp_path / "asked", "ragged")
    assert not (tmp_path / "asked").exists()


def test_groups_hold_all_cells_of_a_seed_and_cost_about_the_same(grid):
    program = Program(sweep="grid", name="ragged", groups=2, why="")
    teams = grouping(program, grid, cost)(grid.trials)
    assert [len(team) for team in teams] == [4, 4, 4, 4]
    assert [{trial.seed for trial in team} for team in teams] == [{0}, {0}, {1}, {1}]
    # 8 cells with 1 1 2 2 2 3 3 4 layers, dealt from the dearest: 4 3 2 1 and 3 2 2 1
    assert [sum(map(cost, team)) for team in teams] == [10, 8, 10, 8]


def test_what_is_left_stays_in_the_groups_it_was_in(grid):
    group = grouping(Program(sweep="grid", name="ragged", groups=2, why=""), grid, cost)
    whole = group(grid.trials)
    left = [trial for trial in grid.trials if trial not in (*whole[0], whole[1][0])]
    assert group(left) == [whole[1][1:], whole[2], whole[3]]


def test_separate_cells_are_alone(grid):
    program = Program(sweep="grid", name="separate", groups=2, why="")
    assert grouping(program, grid, cost)(grid.trials[:2]) == [(grid.trials[0],), (grid.trials[1],)]


def test_compiled_cells_are_alone_and_keep_their_keys(grid):
    program = Program(sweep="grid", name="compiled", groups=2, why="")
    alone = grouping(program, grid, cost)(grid.trials[:2])
    assert [len(team) for team in alone] == [1, 1]
    assert [team[0].key for team in alone] == [trial.key for trial in grid.trials[:2]]
    assert [team[0].recipe.training.compile for team in alone] == [True, True]


def test_both_are_measured_in_a_process_of_their_own(grid):
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    recipes = [trial.recipe for trial in grid.trials if trial.seed == 0][:2]
    found = measured(recipes, 0, root=None, device="cpu", environment={"OMP_NUM_THREADS": "1"})
    assert found.separate > 0
    assert found.ragged > 0
    assert found.compiled is None


def test_bad_input_is_the_line_of_the_measuring_process(grid, table):
    pytest.importorskip("torch")
    elsewhere = plan(table(data={"name": "cifar10", "size": 32}), "elsewhere")
    with pytest.raises(EffbenchError, match="cifar10") as error:
        measured([elsewhere.trials[0].recipe], 0, root=None, device="cpu", environment={})
    assert not str(error.value).startswith("effbench")


def test_a_process_that_dies_says_that_one_program_is_impossible(grid, monkeypatch):
    monkeypatch.setattr("effbench.training.sweep.program.sys.executable", "/bin/false")
    found = measured([grid.trials[0].recipe], 0, root=None, device="cpu", environment={})
    assert found == Speed(separate=0.0, ragged=None, why="the measurement ended with code 1")
