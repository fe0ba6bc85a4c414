"""Processes that begin and end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")

from effbench.errors import EffbenchError
from effbench.training.loop import launch as module
from effbench.training.loop.launch import launch


def program(*lines: str) -> list[str]:
    return [sys.executable, "-c", "\n".join(("import os, sys, time, signal", *lines))]


def test_every_process_knows_its_place(tmp_path: Path):
    note = f"open(r'{tmp_path}/' + os.environ['RANK'], 'w').write(' '.join(os.environ[k] for k in {{}}))"
    keys = "('RANK', 'LOCAL_RANK', 'WORLD_SIZE', 'EFFBENCH_STORE', 'OMP_NUM_THREADS')"
    assert launch(program(note.format(keys)), 3, environment={**os.environ, "OMP_NUM_THREADS": "7"}) == 0
    told = [(tmp_path / str(rank)).read_text().split() for rank in range(3)]
    assert [line[:3] for line in told] == [["0", "0", "3"], ["1", "1", "3"], ["2", "2", "3"]]
    assert len({line[3] for line in told}) == 1  # one store
    assert told[0][3].startswith("127.0.0.1:")
    assert [line[4] for line in told] == ["7", "7", "7"]  # what the user says is left


def test_the_cores_are_shared(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert module._shared(3, 1, {})["OMP_NUM_THREADS"] == "2"  # 8 // 3
    assert module._shared(16, 1, {})["OMP_NUM_THREADS"] == "1"


def test_only_the_first_one_is_heard(capfd: pytest.CaptureFixture[str]):
    assert launch(program("print(os.environ['RANK']); print('e' + os.environ['RANK'], file=sys.stderr)"), 2) == 0
    heard = capfd.readouterr()
    assert (heard.out, heard.err) == ("0\n", "e0\n")


def test_the_first_one_s_failure_is_its_exit_code():
    """As of bad input, which all of them find; the first one has printed what is wrong."""
    assert launch(program("sys.exit(2)"), 2) == 2


def test_a_process_that_is_killed_ends_all_of_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "GRACE", 0.1)
    killed = "os.kill(os.getpid(), signal.SIGKILL) if os.environ['RANK'] == '1' else time.sleep(600)"
    start = time.monotonic()
    with pytest.raises(EffbenchError, match="process 1 of 2 was killed by signal 9; the same command goes on from"):
        launch(program(killed), 2)
    assert time.monotonic() - start < 60


def test_what_a_process_said_last_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "GRACE", 0.1)
    crash = "time.sleep(600) if os.environ['RANK'] == '0' else sys.exit('no room for the weights')"
    with pytest.raises(
        EffbenchError, match=r"process 1 of 2 ended with exit code 1; it said: no room for the weights;"
    ):
        launch(program(crash), 2)


DRIVER = """
import sys
from effbench.training.loop.launch import launch
launch([sys.executable, "-c", sys.argv[1]], 2)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_all_processes_end_with_the_one_that_started_them(tmp_path: Path, end: signal.Signals):
    note = f"open(r'{tmp_path}/' + os.environ['RANK'], 'w').write(f'{{os.getpid()}}\\n'); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", DRIVER, program(note)[-1]]) as driver:
        notes = [tmp_path / "0", tmp_path / "1"]
        until(lambda: all(path.is_file() and path.read_text().endswith("\n") for path in notes))
        driver.send_signal(end)
    pids = [int(path.read_text()) for path in notes]
    until(lambda: not any(map(alive, pids)))


def until(true: Callable[[], bool]) -> None:
    """Wait for it, a minute at most."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether the process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("codes", "culprit"),
    [
        ([0, 0], 0),
        ([2, 2], 0),  # bad input: all say the same
        ([2, -9], 1),  # the first one only noticed
        ([2, 1, 2], 1),
        ([1, -9, 1], 1),
        ([0, 0, 1], 2),
    ],
)
def test_who_is_to_blame(codes: list[int], culprit: int):
    assert module._culprit(codes) == culprit
