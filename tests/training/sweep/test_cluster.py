"""Trials on a real Ray cluster of this machine, with a trial program that trains nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from effbench.errors import EffbenchError, MissingExtra
from effbench.training.sweep.plan import plan
from effbench.training.sweep.runner import Schedule
from effbench.training.sweep.store import Store

ray = pytest.importorskip("ray", reason="the cluster extra is not installed")

from effbench.training.sweep.executors.cluster import RayExecutor  # noqa: E402

FAKE = "fake_trial"
HERE = {"PYTHONPATH": str(Path(__file__).parent), "FAKE_STEP_S": "0.01"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two cores."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(num_cpus=2, num_gpus=0, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        yield
        ray.shutdown()


def executor(**settings):
    return RayExecutor(program=FAKE, environment=HERE, **settings)


@pytest.mark.usefixtures("cluster")
def test_a_worker_that_is_killed_in_the_middle_of_a_trial(tmp_path, table):
    # "killed once": SIGKILL to the Ray worker itself when it begins; "killed": every time, which is a failure.
    fakes = {"b1": [1], "b2": [1], "options.fake": ["killed once", "killed", "nan", "well", "ends"]}
    sweep = plan(table(sweep=fakes, training={}), "small")
    Schedule(sweep, tmp_path, executor()).run()
    found = Store(tmp_path).found()
    outcomes = {trial.cell["options.fake"]: found[trial.key].outcome for trial in sweep.trials}
    assert {fake: outcome.status for fake, outcome in outcomes.items()} == {
        "killed once": "done",
        "killed": "failed",
        "nan": "failed",
        "well": "done",
        "ends": "failed",
    }
    assert outcomes["killed"].reason.endswith("(3 times)")
    assert (tmp_path / "trials" / f"{sweep.trials[0].key}.starts").read_text() == "start\n" * 2
    assert not list((tmp_path / "trials").glob("*/.lease"))


@pytest.mark.usefixtures("cluster")
def test_the_same_results_as_on_this_machine(tmp_path, small, local):
    Schedule(small, tmp_path / "ray", executor(jobs=1)).run()
    Schedule(small, tmp_path / "local", local()).run()
    on_ray, here = Store(tmp_path / "ray").found(), Store(tmp_path / "local").found()
    assert on_ray == here
    assert len(on_ray) == 6


@pytest.mark.usefixtures("cluster")
def test_a_cluster_without_such_a_device_is_one_line():
    with pytest.raises(EffbenchError, match="the Ray cluster has no GPU"):
        executor(device="cuda")


def test_files_come_back_from_a_machine_that_does_not_see_the_driver_s_folder(tmp_path, small):
    from effbench.training.sweep.executors.cluster import LEASE, _perform
    from effbench.training.sweep.executors.work import Work

    folder = tmp_path / "elsewhere"
    job = Work(trial=small.trials[0], folder=folder).job()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE["PYTHONPATH"])
        answer, files = _perform(FAKE, job, lease="not in the folder")
        (folder / LEASE).write_text("a lease")
        again, none = _perform(FAKE, job, lease="a lease")
    assert list(files)[-1] == "result.json"
    assert answer == again
    assert none == {}


OWN = """
import os, sys
from effbench.training.sweep.executors.cluster import RayExecutor
executor = RayExecutor(jobs=1)
import ray
print(*{node["NodeManagerAddress"] for node in ray.nodes()}, os.environ["RAY_AUTH_MODE"])
executor.close()
"""


def test_a_cluster_of_our_own_is_on_loopback_and_has_a_token(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    with tempfile.TemporaryDirectory() as short:  # Ray's sockets allow no longer name
        environment |= {"RAY_TMPDIR": short, "HOME": str(tmp_path)}
        ran = subprocess.run([sys.executable, "-c", OWN], env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout == "127.0.0.1 token\n", ran.stderr
    assert not (tmp_path / ".ray").exists()


@pytest.mark.parametrize("variables", [{"RAY_ADDRESS": "10.0.0.1:6379"}, {}])
def test_another_s_cluster_keeps_its_own_settings(monkeypatch, tmp_path, variables):
    from effbench.training.sweep.executors.cluster import _keep_to_itself

    for name in ("RAY_AUTH_MODE", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    (tmp_path / "ray").mkdir()
    (tmp_path / "ray" / "ray_current_cluster").write_text("10.0.0.1:6379")
    for name, value in variables.items():
        (tmp_path / "ray" / "ray_current_cluster").unlink()
        monkeypatch.setenv(name, value)
    _keep_to_itself()
    assert "RAY_AUTH_MODE" not in os.environ


def test_without_ray_the_line_that_installs_it_is_shown(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(MissingExtra, match="python -m pip install ray"):
        RayExecutor()
