"""What a sweep will cost, where it runs, and what every cell got."""

from __future__ import annotations

from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.training.loop.outcome import ExitMetrics, Outcome
from effbench.training.recipes import images_of_epoch, steps_of_training, total_flops
from effbench.training.sweep.place import Place, price, program_of, require_there, settled
from effbench.training.sweep.plan import plan
from effbench.training.sweep.state import cell_rows, state
from effbench.training.sweep.store import Stored

HERE = Place(executor="local", device="cpu", jobs=1, root=None)


def sweep_of(**changes):
    """Two cells, two seeds."""
    table = {
        "source": "a test",
        "model": "ravit_cifar10:{b1}-1,width=16,num_heads=2",
        "data": {"name": "digits", "size": 16, "batch": 64},
        "training": {"seeds": [0, 1], "epochs": 3},
        "sweep": {"b1": [1, 2]},
        **changes,
    }
    return plan(table, "small")


def outcome_of(trial, top1=None, reason=""):
    exits = () if top1 is None else (ExitMetrics(images=1000, top1=top1, top5=1000, nll=0.5, ece=0.01),)
    return Outcome(
        key=trial.key,
        name="small",
        model=trial.recipe.model,
        seed=trial.seed,
        recipe=trial.recipe.determining(),
        status="failed" if reason else "done",
        reason=reason,
        exits=exits,
        seconds=2.0,
    )


def found_of(sweep, *top1):
    """A store with these right answers of the first trials; a text is the reason why one failed."""
    pairs = zip(sweep.trials, top1, strict=False)
    outcomes = [outcome_of(t, reason=n) if isinstance(n, str) else outcome_of(t, n) for t, n in pairs]
    return {
        outcome.key: Stored(outcome=outcome, cell=trial.cell, experiment="small")
        for trial, outcome in zip(sweep.trials, outcomes, strict=False)
    }


def test_images_and_steps_are_the_catalogues_without_those_held_out():
    trial = sweep_of(data={"name": "digits", "size": 16, "batch": 64, "calibration": 0.5}).trials[0]
    assert images_of_epoch(trial.recipe) == 718  # of 1437, half, to the even number
    assert steps_of_training(trial.recipe) == 3 * (718 // 64)


def test_of_a_folder_nobody_knows_the_cost_before():
    sweep = sweep_of(data={"name": "folder", "size": 16})
    assert total_flops([trial.recipe for trial in sweep.trials]) is None
    assert steps_of_training(sweep.trials[0].recipe) is None
    assert price(sweep.trials[0]) == 1.0
    assert state(sweep, {}).flops is None


def test_the_state_counts_what_is_there_and_what_it_still_costs():
    sweep = sweep_of()
    now = state(sweep, found_of(sweep, 500, "no memory"))
    assert (now.done, now.failed, now.missing) == (1, 1, 2)
    # of two cells with two seeds each the second cell is missing
    assert now.flops == 2 * (price(sweep.trials[0]) + price(sweep.trials[2]))
    assert now.flops_left == 2 * price(sweep.trials[2])


def test_a_cells_interval_is_that_of_its_mean_with_the_noise_of_all_cells():
    sweep = sweep_of()
    first, second = cell_rows(sweep, found_of(sweep, 500, 520, 610, 610))
    assert (first.accuracy, second.accuracy) == (0.51, 0.61)
    # variances 0.0002 and 0 of two seeds each: pooled deviation 0.01 with 2 degrees of freedom, t = 4.302653
    reach = 4.302653 * 0.01 / 2**0.5
    assert first.high - first.accuracy == pytest.approx(reach, rel=1e-6)
    assert second.accuracy - second.low == pytest.approx(reach, rel=1e-6)


def test_with_one_seed_the_interval_is_over_images():
    pytest.importorskip("scipy")
    sweep = sweep_of(training={"seeds": [0]})
    (row, other) = cell_rows(sweep, found_of(sweep, 500))
    assert (round(row.low, 4), round(row.high, 4)) == (0.4691, 0.5309)  # Wilson, 500 of 1000
    assert (other.accuracy, other.missing, other.seconds) == (None, 1, None)


def test_a_failed_training_is_in_its_row_with_the_reason():
    sweep = sweep_of()
    row = cell_rows(sweep, found_of(sweep, "no memory", "no memory"))[0]
    assert (row.done, row.failed, row.missing, row.reason) == (0, 2, 0, "no memory")


@pytest.mark.parametrize("jobs", [0, 100_001])
def test_impossible_numbers_of_jobs(jobs):
    with pytest.raises(EffbenchError, match=f"jobs must be between 1 and 100000, got {jobs}"):
        Place(executor="local", device="cpu", jobs=jobs, root=None).validate(sweep_of())


def test_data_are_looked_for_where_the_trainings_run(tmp_path):
    sweep = sweep_of(data={"name": "cifar10", "size": 32}, model="ravit_cifar10:{b1}-1")
    with pytest.raises(EffbenchError, match="data set cifar10 is read from disk: give its folder, --data DIR"):
        require_there(sweep, HERE)
    require_there(sweep, Place(executor="ray", device="cuda", jobs=None, root=None))
    require_there(sweep_of(), HERE)


def test_elsewhere_the_program_is_not_measured_here(tmp_path):
    found = program_of("auto", sweep_of(), tmp_path, Place(executor="slurm", device="cpu", jobs=5, root=None))
    assert found.name == "separate"
    assert "other machines" in found.why


def test_a_machine_without_a_gpu_says_so(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(EffbenchError, match="no CUDA device was found"):
        Place(executor="local", device="cuda", jobs=None, root=None).open(Path("unused"))


def auto():
    """A sweep that leaves its precision open."""
    return sweep_of(training={"seeds": [0, 1], "precision": "auto"})


def test_a_sweep_s_precision_is_measured_once_and_kept(tmp_path, monkeypatch):
    asked = []

    def said(module, trial, **where):
        asked.append((module, trial.cell))
        return '{"precision": "bf16", "fp32": 2.0, "bf16": 1.0, "why": "so"}'

    monkeypatch.setattr("effbench.training.sweep.place.asked_of", said)
    sweep = auto()
    for _ in range(2):
        found = settled(sweep, tmp_path, HERE, measure=True)
        assert {trial.recipe.training.precision for trial in found.trials} == {"bf16"}
        assert found.trials[0].key == sweep.trials[0].recipe.at_precision("bf16").key(0)
    assert asked == [("precision", max(sweep.trials, key=price).cell)]
    assert settled(sweep, tmp_path, HERE, measure=False) == found


def test_looking_measures_nothing_and_other_machines_are_refused(tmp_path):
    sweep = auto()
    assert settled(sweep, tmp_path, HERE, measure=False) is sweep
    elsewhere = Place(executor="slurm", device="cpu", jobs=5, root=None)
    with pytest.raises(EffbenchError, match="say bf16 or fp32"):
        settled(sweep, tmp_path, elsewhere, measure=True)
    assert list(tmp_path.iterdir()) == []
    plain = sweep_of()
    assert settled(plain, tmp_path, elsewhere, measure=True) is plain
