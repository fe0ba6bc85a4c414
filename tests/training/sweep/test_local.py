"""Trials in processes of this machine, with a trial program that trains nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.training.loop.job import Job
from effbench.training.sweep.executors import slots
from effbench.training.sweep.executors.local import LocalExecutor
from effbench.training.sweep.executors.work import Work
from effbench.training.sweep.plan import plan
from effbench.training.sweep.runner import Schedule
from effbench.training.sweep.store import Store, read

FOREVER = "import sys, time\nfor line in sys.stdin: time.sleep(3600)"


def work_of(trial, folder):
    return Work(trial=trial, folder=folder / "trials" / trial.key)


def ended(executor, count=1):
    """The next ``count`` ends."""
    found = []
    while len(found) < count:
        found += executor.wait(30)
    return found


def is_alive(pid):
    """Whether the process runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def misbehaving(table):
    """Sweeps of one trial each, by what it does."""
    return lambda fake: plan(table(sweep={"b1": [1], "b2": [1]}, training={}, options={"fake": fake}), "small")


def test_a_sweep_on_this_machine(tmp_path, small, local):
    Schedule(small, tmp_path, local()).run()
    found = Store(tmp_path).found()
    assert [found[trial.key].outcome.status for trial in small.trials] == ["done"] * 6
    assert [found[trial.key].cell for trial in small.trials] == [trial.cell for trial in small.trials]


def test_a_process_outlives_its_trial(tmp_path, small, local):
    executor = local(1)
    pids = set()
    for trial in small.trials[:3]:
        executor.submit([work_of(trial, tmp_path)])
        pids.add(executor.pids()[0])
        assert ended(executor)[0].outcome
    executor.close()
    assert len(pids) == 1


def test_as_many_at_a_time_as_there_are_slots(tmp_path, small, local):
    executor = local(2)
    assert executor.free() == 2
    executor.submit([work_of(trial, tmp_path) for trial in small.trials[:2]])
    assert executor.free() == 0
    assert len(set(executor.pids())) == 2
    assert {end.work.name for end in ended(executor, 2)} == {trial.name for trial in small.trials[:2]}
    assert executor.free() == 2
    executor.close()


def test_a_trial_that_is_killed_is_tried_again(tmp_path, misbehaving, local):
    sweep = misbehaving("killed once")
    Schedule(sweep, tmp_path, local(1)).run()
    assert [line.outcome.status for line in read(tmp_path)] == ["done"]
    assert (tmp_path / "trials" / f"{sweep.trials[0].key}.starts").read_text() == "start\n" * 2


def test_a_trial_that_is_killed_each_time_has_failed(tmp_path, misbehaving, local):
    Schedule(misbehaving("killed"), tmp_path, local(1)).run()
    (line,) = read(tmp_path)
    assert (line.outcome.status, line.outcome.reason) == ("failed", "killed by SIGKILL (3 times)")


def test_a_program_that_gives_up_says_why(tmp_path, misbehaving, local):
    Schedule(misbehaving("ends"), tmp_path, local(1)).run()
    (line,) = read(tmp_path)
    assert line.outcome.reason == "the trial program ended with code 3: no such luck"


def test_a_loss_that_is_not_a_number_is_a_failure_until_it_is_tried_again(tmp_path, misbehaving, local):
    sweep = misbehaving("nan once")
    for retry in (False, False, True):
        Schedule(sweep, tmp_path, local(1), retry_failed=retry).run()
    assert [line.outcome.status for line in read(tmp_path)] == ["failed", "done"]


def test_other_trials_go_on_when_one_is_lost(tmp_path, table, local):
    fakes = {"b1": [1], "b2": [1], "options.fake": ["killed", "ends", "", "nan", "also well"]}
    sweep = plan(table(sweep=fakes, training={}), "small")
    Schedule(sweep, tmp_path, local(2)).run()
    found = Store(tmp_path).found()
    statuses = [found[trial.key].outcome.status for trial in sweep.trials]
    assert statuses == ["failed", "failed", "done", "failed", "done"]


def test_closing_leaves_no_process(tmp_path, small):
    executor = LocalExecutor([{}, {}], [sys.executable, "-c", FOREVER])
    executor.submit([work_of(trial, tmp_path) for trial in small.trials[:2]])
    pids = executor.pids()
    assert len(pids) == 2
    assert executor.wait(0.05) == []
    executor.close()
    assert not any(map(is_alive, pids))


def test_a_trial_killed_from_outside_is_told_with_its_signal(tmp_path, small):
    executor = LocalExecutor([{}], [sys.executable, "-c", FOREVER])
    executor.submit([work_of(small.trials[0], tmp_path)])
    os.kill(executor.pids()[0], signal.SIGTERM)
    assert ended(executor)[0].lost == "killed by SIGTERM"
    executor.close()


def test_a_driver_that_is_killed_takes_its_trials_with_it(tmp_path):
    driver = f"""
import sys, time
from effbench.training.sweep.executors.local import LocalExecutor
executor = LocalExecutor([{{}}], [sys.executable, "-c", {FOREVER!r}])
executor.submit([type("Work", (), {{"job": lambda self: {{}}}})()])
print(executor.pids()[0], flush=True)
time.sleep(3600)
"""
    with subprocess.Popen([sys.executable, "-c", driver], stdout=subprocess.PIPE, text=True) as process:
        trial = int(process.stdout.readline())
        assert is_alive(trial)
        process.kill()
    deadline = time.monotonic() + 10
    while is_alive(trial) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(trial)


def test_a_program_that_is_not_there_is_one_line(tmp_path, small):
    executor = LocalExecutor([{}], ["/no/such/program"])
    with pytest.raises(EffbenchError, match="cannot start /no/such/program: No such file"):
        executor.submit([work_of(small.trials[0], tmp_path)])
    executor.close()


def test_a_job_is_what_the_trial_program_reads(tmp_path, small):
    trial = small.trials[0]
    job = Work(trial=trial, folder=tmp_path, root=tmp_path / "data", device="cuda").job()
    assert Job.read(job).recipe == trial.recipe
    assert (job["seed"], job["folder"], job["device"]) == (0, str(tmp_path), "cuda")
    assert job["root"] == str(tmp_path / "data")


def test_every_process_has_one_thread_that_waits_passively():
    assert len(slots.cpu_slots()) == slots.physical_cores() >= 1
    (only,) = slots.cpu_slots(1)
    assert (only["OMP_NUM_THREADS"], only["OMP_WAIT_POLICY"]) == ("1", "PASSIVE")


def test_the_settings_of_the_allocator_are_the_user_s_if_given(monkeypatch):
    monkeypatch.setenv("MALLOC_TOP_PAD_", "1")
    (only,) = slots.cpu_slots(1)
    assert "MALLOC_TOP_PAD_" not in only
    assert only["MALLOC_MMAP_MAX_"] == "0"


def test_a_process_per_device_and_several_on_one_if_asked(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    assert [slot["CUDA_VISIBLE_DEVICES"] for slot in slots.gpu_slots()] == ["2", "5"]
    assert [slot["CUDA_VISIBLE_DEVICES"] for slot in slots.gpu_slots(3)] == ["2", "5", "2"]


def test_no_device_is_one_line(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(EffbenchError, match="no CUDA device was found; --device cpu"):
        slots.gpu_slots()
