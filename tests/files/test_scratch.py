"""Temporary folders: gone in the end, or removed by the next who looks; a living one and a stranger's are let be."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from effbench.files.locks import lock_of
from effbench.files.scratch import clear_dead, scratch

HOLD = """
import sys, time
from effbench.files.scratch import scratch
with scratch("test-") as folder:
    (folder / "file").write_text("x")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where temporary folders are."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def maker():
    """A process in a folder of its own."""
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_its_name_is_the_prefix_and_16_hexadecimal_digits(place):
    with scratch("test-") as folder:
        assert re.fullmatch("test-[0-9a-f]{16}", folder.name)


def test_a_folder_is_there_meanwhile_and_nothing_of_it_afterwards(place):
    with scratch("test-") as folder:
        assert folder.parent == place
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "shut").mkdir()
        (folder / "shut" / "file").write_text("x")
        (folder / "shut").chmod(0o500)
        (folder / "link").symlink_to("/")
    assert list(place.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), scratch("test-"):
        raise KeyboardInterrupt
    assert list(place.iterdir()) == []


def test_what_a_killed_maker_left_is_removed(place, maker):
    folder = place / maker.stdout.readline().strip()
    maker.kill()
    maker.wait()
    clear_dead("other-")
    assert {path.name for path in place.iterdir()} == {folder.name, lock_of(folder).name}
    clear_dead("test-")
    assert list(place.iterdir()) == []


def test_the_next_of_that_prefix_removes_it_too_and_only_there(place, maker):
    folder = place / maker.stdout.readline().strip()
    maker.kill()
    maker.wait()
    (place / "elsewhere").mkdir()
    with scratch("test-", place / "elsewhere") as other:
        assert other.parent == place / "elsewhere"
        assert folder.is_dir()
    with scratch("test-"):
        assert not folder.exists()
    assert [path.name for path in place.iterdir()] == ["elsewhere"]


def test_a_living_maker_keeps_its_folder(place, maker):
    folder = place / maker.stdout.readline().strip()
    clear_dead("test-")
    assert (folder / "file").read_text() == "x"


def test_a_folder_that_is_not_of_our_making_stays(place):
    for name in ("test-0123456789abcdef", "test-mine"):
        (place / name).mkdir()
    lock_of(place / "test-mine").touch()
    clear_dead("test-")
    assert (place / "test-0123456789abcdef").is_dir()
    assert (place / "test-mine").is_dir()


def test_another_user_s_folder_stays(place, maker, monkeypatch):
    folder = place / maker.stdout.readline().strip()
    maker.kill()
    maker.wait()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    clear_dead("test-")
    assert folder.is_dir()
