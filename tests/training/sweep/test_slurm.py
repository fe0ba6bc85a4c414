"""Trials through submitit, on its executor for this machine: a real Slurm is not at hand."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from effbench.errors import MissingExtra
from effbench.training.sweep.plan import plan
from effbench.training.sweep.runner import Schedule
from effbench.training.sweep.store import Store

pytest.importorskip("submitit", reason="the cluster extra is not installed")

from effbench.training.sweep.executors.slurm import ANSWER, SlurmExecutor

FAKE = "fake_trial"


@pytest.fixture
def executor(tmp_path, monkeypatch):
    """Jobs as processes of this machine."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    return lambda **settings: SlurmExecutor(tmp_path / "slurm", cluster="local", program=FAKE, **settings)


def test_results_are_collected_and_lost_jobs_tried_again(tmp_path, table, executor):
    fakes = {"b1": [1], "b2": [1], "options.fake": ["killed once", "well", "nan"]}
    sweep = plan(table(sweep=fakes, training={}), "small")
    Schedule(sweep, tmp_path / "sweep", executor(jobs=3)).run()
    found = Store(tmp_path / "sweep").found()
    assert [found[trial.key].outcome.status for trial in sweep.trials] == ["done", "done", "failed"]
    assert (tmp_path / "sweep" / "trials" / f"{sweep.trials[0].key}.starts").read_text() == "start\n" * 2
    assert not list((tmp_path / "sweep" / "trials").glob(f"*/{ANSWER}"))


def test_interrupted_jobs_are_cancelled(tmp_path, small, executor, monkeypatch):
    from effbench.training.sweep.executors.work import Work

    monkeypatch.setenv("FAKE_STEP_S", "60")
    jobs = executor()
    jobs.submit([Work(trial=small.trials[0], folder=tmp_path / "run")])
    assert jobs.wait(0.3) == []
    assert jobs.free() == 63
    ((job, _),) = jobs._running
    jobs.close()
    assert jobs.free() == 64
    while not job.done():
        time.sleep(0.05)
    assert not (tmp_path / "run" / "result.json").exists()


def test_without_submitit_the_line_that_installs_it_is_shown(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(MissingExtra, match="python -m pip install submitit"):
        SlurmExecutor(tmp_path)
