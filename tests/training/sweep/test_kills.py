"""``kill -9`` at any moment: every cell once in the end, and as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from effbench.training.sweep.plan import plan_file
from effbench.training.sweep.store import FILE, Results, read

DRIVER = Path(__file__).with_name("fake_sweep.py")
KILLS = 20
SLOW_S = "0.06"
"""A step: 12 cells x 2 seeds x 5 steps take 3.6 s in two processes, many times a driver's life."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


@pytest.fixture
def recipe(tmp_path):
    """Twelve cells, two seeds."""
    path = tmp_path / "grid.toml"
    path.write_text(
        """
        source = "a test"
        model = "ravit_cifar10:{b1}-{b2},width=16,num_heads=2"
        data = { name = "digits", size = 16 }
        training = { seeds = [0, 1] }
        sweep = { b1 = [1, 2, 3], b2 = [0, 1, 2, 3] }
        """
    )
    return path


def start(recipe, folder, step_s=SLOW_S):
    """A driver; its standard error is ours."""
    command = [sys.executable, str(DRIVER), str(recipe), str(folder)]
    return subprocess.Popen(command, env={**os.environ, "FAKE_STEP_S": step_s})


def children(pid):
    """Of the process, its trials."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it was a moment faster
            continue


def finish(recipe, folder, step_s="0"):
    """Run to the end."""
    assert start(recipe, folder, step_s).wait(60) == 0


def essence(folder):
    """Key -> all of a result that must not depend on kills."""
    made = Results(read(folder))
    found, duplicates = made.found, made.duplicates
    assert duplicates == []
    assert len(found) == len(read(folder))
    return {key: (line.cell, line.outcome.as_entry()) for key, line in found.items()}


def test_twenty_kills_change_nothing(tmp_path, recipe):
    draw, kills = Random(20), 0
    for _ in range(3 * KILLS):
        driver = start(recipe, tmp_path / "killed")
        time.sleep(draw.uniform(0.02, 0.45))
        whole = draw.random() < 0.5
        if driver.poll() is None:
            kill([*(children(driver.pid) if whole else []), driver.pid])
            kills += 1
        driver.wait()
        if kills == KILLS:
            break
    assert kills == KILLS
    finish(recipe, tmp_path / "killed")
    finish(recipe, tmp_path / "undisturbed")
    killed = essence(tmp_path / "killed")
    assert set(killed) == {trial.key for trial in plan_file(recipe).trials}
    assert len(killed) == 24
    assert killed == essence(tmp_path / "undisturbed")


def lines(folder):
    """Results in the store."""
    return len(read(folder)) if folder.exists() else 0


def test_trials_that_are_killed_are_run_again(tmp_path, recipe):
    """Four of them, with time between for a trial that was hit to end: three hits would make it a failure."""
    folder, draw, kills, enough = tmp_path / "killed", Random(3), 0, 1
    driver = start(recipe, folder, "0.01")
    while driver.poll() is None and kills < 4:
        time.sleep(0.01)
        trials = children(driver.pid)
        if lines(folder) >= enough and trials:
            kill([draw.choice(trials)])
            kills, enough = kills + 1, lines(folder) + 5
    assert driver.wait(60) == 0
    assert kills == 4
    finish(recipe, tmp_path / "undisturbed")
    assert essence(folder) == essence(tmp_path / "undisturbed")


def test_two_sweeps_in_one_folder_share_the_work_and_repeat_none(tmp_path, recipe):
    both = [start(recipe, tmp_path / "shared", "0.01") for _ in range(2)]
    assert [driver.wait(60) for driver in both] == [0, 0]
    starts = {path.stem: path.read_text() for path in (tmp_path / "shared" / "trials").glob("*.starts")}
    assert starts == {trial.key: "start\n" for trial in plan_file(recipe).trials}
    finish(recipe, tmp_path / "undisturbed")
    assert essence(tmp_path / "shared") == essence(tmp_path / "undisturbed")


def test_one_of_two_sweeps_is_killed_and_the_other_does_its_work(tmp_path, recipe):
    killed, other = (start(recipe, tmp_path / "shared", "0.01") for _ in range(2))
    time.sleep(0.4)
    kill([killed.pid])
    killed.wait()
    assert other.wait(60) == 0
    finish(recipe, tmp_path / "undisturbed")
    assert essence(tmp_path / "shared") == essence(tmp_path / "undisturbed")


def test_a_truncated_store_is_made_whole(tmp_path, recipe):
    folder = tmp_path / "sweep"
    finish(recipe, folder)
    whole = essence(folder)
    content = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(content[:-40])
    assert len(essence(folder)) == 23
    finish(recipe, folder)
    assert essence(folder) == whole


def test_a_lost_store_is_rebuilt_from_the_folders_of_the_runs(tmp_path, recipe):
    folder = tmp_path / "sweep"
    finish(recipe, folder)
    whole = essence(folder)
    (folder / FILE).unlink()
    finish(recipe, folder)
    assert essence(folder) == whole
    starts = [path.read_text() for path in (folder / "trials").glob("*.starts")]
    assert starts == ["start\n"] * 24


def test_results_are_plain_json(tmp_path, recipe):
    finish(recipe, tmp_path / "sweep")
    for line in (tmp_path / "sweep" / FILE).read_text().splitlines():
        assert json.loads(line)["status"] == "done"
