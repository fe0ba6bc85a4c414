"""Locks: one holder at a time, none left behind, and a killed holder blocks nobody."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from effbench.errors import EffbenchError, InUse
from effbench.files import locks
from effbench.files.locks import alone, hold, is_held, lock_of

COUNT = """
import sys
from pathlib import Path
from effbench.files.locks import alone
from effbench.files.atomic import write_files
path = Path(sys.argv[1])
for _ in range(25):
    with alone(path):
        write_files({path: str(int(path.read_text()) + 1).encode()})
"""

HOLD = """
import sys, time
from pathlib import Path
from effbench.files.locks import alone
with alone(Path(sys.argv[1])):
    print(flush=True)
    time.sleep(600)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.json"


def test_of_many_processes_that_change_a_file_none_undoes_another_s_change(path):
    path.write_text("0")
    counting = [subprocess.Popen([sys.executable, "-c", COUNT, str(path)]) for _ in range(4)]
    assert [process.wait() for process in counting] == [0] * 4
    assert path.read_text() == "100"
    assert list(path.parent.iterdir()) == [path]


def test_only_one_is_alone(path, monkeypatch):
    waited = []
    monkeypatch.setattr(locks.time, "sleep", waited.append)
    with alone(path):
        assert is_held(lock_of(path))
        with pytest.raises(InUse), hold(lock_of(path), wait=False):
            pytest.fail("both are alone")
        assert 0 < sum(waited) < 1  # seconds until who will not wait is told so
        with alone(path.with_name("b.json")):
            pass
    assert not is_held(lock_of(path))


def test_nothing_is_left_behind_whatever_happens(path):
    with pytest.raises(KeyboardInterrupt), alone(path):
        raise KeyboardInterrupt
    assert list(path.parent.iterdir()) == []


def test_a_killed_holder_blocks_nobody(path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"\n"
        assert is_held(lock_of(path))
        holder.kill()
    assert lock_of(path).exists()
    assert not is_held(lock_of(path))
    with hold(lock_of(path), wait=False):
        pass
    assert list(path.parent.iterdir()) == []


def test_who_waited_for_a_lock_that_its_holder_removed_takes_a_new_one(path, monkeypatch):
    """Else the next would make a file of that name, lock it, and both were alone."""
    take, taken = locks.take, []

    def removed(handle, *, wait):
        take(handle, wait=wait)
        taken.append(handle)
        if len(taken) == 1:
            lock_of(path).unlink()

    monkeypatch.setattr(locks, "take", removed)
    with alone(path):
        assert is_held(lock_of(path))
    assert len(taken) == 2


def test_who_only_looks_makes_nothing_and_is_waited_for(path, monkeypatch):
    import fcntl

    assert not is_held(lock_of(path))
    assert list(path.parent.iterdir()) == []
    lock_of(path).touch()
    looking = os.open(lock_of(path), os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr(locks.time, "sleep", lambda seconds: fcntl.flock(looking, fcntl.LOCK_UN))
    with hold(lock_of(path), wait=False):
        pass
    os.close(looking)


def test_a_long_name_has_a_lock(tmp_path):
    with alone(tmp_path / ("²" * 127)):  # 254 bytes
        pass


def test_a_folder_that_is_missing_is_one_line(path):
    with pytest.raises(EffbenchError, match=r"cannot write .*\.a\.json\.lock: No such file or directory"):
        alone(path.with_name("nowhere") / "a.json").__enter__()


def test_a_full_disk_is_one_line(path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(EffbenchError, match="No space left on device"):
        alone(path).__enter__()


def test_a_file_system_without_locks_is_one_line_and_leaves_nothing_open(path, monkeypatch):
    asked = []

    def none(handle, *, wait):
        asked.append(handle)
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(locks, "take", none)
    with pytest.raises(EffbenchError, match="Function not implemented"):
        alone(path).__enter__()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(asked[0])


def test_a_link_in_the_place_of_a_lock_is_not_followed(path):
    lock_of(path).symlink_to(path.with_name("elsewhere"))
    with pytest.raises(EffbenchError, match="cannot write"):
        alone(path).__enter__()
    assert not path.with_name("elsewhere").exists()
