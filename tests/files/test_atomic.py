"""Files are whole or not there at all, and what was there before an error still is."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.files import atomic, locks
from effbench.files.atomic import MARK, emit, require_writable, write_files

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
needs_permissions = pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")


def names(folder: Path) -> set[str]:
    """Everything in the folder, hidden files too."""
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def full_disk(monkeypatch):
    """``full_disk(n)``: the disk is full from the n-th file on (0: at once)."""

    def after(files: int) -> None:
        flushed = iter(range(10))

        def fsync(_: int) -> None:
            if next(flushed) >= files:
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fsync)

    return after


def test_without_a_path_text_is_printed(capsys):
    emit("a\nb\n", None)
    assert capsys.readouterr().out == "a\nb\n"


def test_with_a_path_text_is_written_and_nothing_printed(tmp_path, capsys):
    emit("256²\n", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == "256²\n".encode()
    assert capsys.readouterr() == ("", "")


def test_several_files_are_written_and_nothing_else(tmp_path):
    write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert names(tmp_path) == {"a", "b"}
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"1", b"2")


def test_a_file_is_replaced(tmp_path):
    (tmp_path / "a").write_bytes(b"a longer old content")
    write_files({tmp_path / "a": b"new"})
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_file_has_the_usual_permissions_not_those_of_a_temporary(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_files({tmp_path / "a": b""})
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize("written", [0, 1])
def test_a_full_disk_leaves_no_file_and_no_temporary(tmp_path, full_disk, written):
    full_disk(written)
    failing = ["a", "b"][written]
    with pytest.raises(EffbenchError, match=f"cannot write .*{failing}: No space left on device"):
        write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert names(tmp_path) == set()


@pytest.mark.parametrize("written", [0, 1])
def test_an_existing_file_survives_a_full_disk(tmp_path, full_disk, written):
    (tmp_path / "a").write_bytes(b"old")
    full_disk(written)
    with pytest.raises(EffbenchError):
        write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert names(tmp_path) == {"a"}
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_missing_folder_for_the_second_file_leaves_neither(tmp_path):
    with pytest.raises(EffbenchError, match=r"cannot write .*b: No such file or directory"):
        write_files({tmp_path / "a": b"1", tmp_path / "missing" / "b": b"2"})
    assert names(tmp_path) == set()


def test_a_folder_of_the_second_file_s_name_leaves_neither(tmp_path):
    (tmp_path / "b").mkdir()
    with pytest.raises(EffbenchError, match=r"cannot write .*b: is a folder"):
        write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert names(tmp_path) == {"b"}


def test_a_rename_that_fails_takes_the_others_back(tmp_path, monkeypatch):
    # On Windows a file that another program holds open cannot be replaced.
    (tmp_path / "a").write_bytes(b"old")
    replace = Path.replace

    def locked(self: Path, target: Path) -> Path:
        if target.name == "b":
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(EffbenchError, match=r"cannot write .*b: Permission denied"):
        write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert names(tmp_path) == {"a"}
    assert (tmp_path / "a").read_bytes() == b"old"


def test_what_was_taken_back_has_the_mode_it_had(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "b").mkdir()
    monkeypatch.setattr(atomic, "require_replaceable", lambda path: None)
    with pytest.raises(EffbenchError, match="cannot write"):
        write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


KILLED = """
import os, signal, sys
from pathlib import Path
from effbench.files.atomic import write_files
replace, left = Path.replace, [int(sys.argv[2])]
def killed(self, target):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return replace(self, target)
Path.replace = killed
write_files({Path(sys.argv[1], name): b"new" for name in "ab"})
"""
"""Writes a and b; killed before a rename, the first or the second."""


@pytest.mark.parametrize("renamed", [0, 1])
def test_what_a_killed_process_left_is_removed_by_the_next_that_writes_there(tmp_path, renamed):
    for name in "ab":
        (tmp_path / name).write_bytes(b"old")
    ran = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(renamed)], check=False)
    assert ran.returncode == -9
    assert len(names(tmp_path)) > 2
    assert (tmp_path / "b").read_bytes() == b"old"
    assert (tmp_path / "a").read_bytes() == (b"new" if renamed else b"old")
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "2"], check=True)
    assert names(tmp_path) == {"a", "b"}


def test_only_what_is_ours_and_dead_is_removed(tmp_path):
    theirs, dead, living = (tmp_path / f".a{end}" for end in (".original", f"{MARK}{'0' * 16}", f"{MARK}{'1' * 16}"))
    for path in (theirs, dead, living):
        path.touch()
    with living.open() as stream:
        locks.take(stream.fileno())
        write_files({tmp_path / "a": b"1"})
    assert names(tmp_path) == {"a", theirs.name, living.name}


def test_a_temporary_that_is_taken_for_a_dead_one_is_made_again(tmp_path, monkeypatch):
    take, taken = locks.take, []

    def removed(handle):
        taken.append(handle)
        if len(taken) == 1:
            (path,) = tmp_path.iterdir()
            path.unlink()
        take(handle)

    monkeypatch.setattr(locks, "take", removed)
    write_files({tmp_path / "a": b"1"})
    assert (len(taken), names(tmp_path)) == (2, {"a"})


def test_where_there_are_no_locks_files_are_written_all_the_same(tmp_path, monkeypatch):
    def none(handle):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(locks, "take", none)
    write_files({tmp_path / "a": b"1"})
    assert names(tmp_path) == {"a"}


def test_a_long_name_has_a_temporary(tmp_path):
    name = "²" * 127  # 254 bytes
    write_files({tmp_path / name: b"1"})
    assert names(tmp_path) == {name}


def test_an_interrupt_leaves_no_temporary(tmp_path, monkeypatch):
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files({tmp_path / "a": b"1"})
    assert names(tmp_path) == set()


@needs_permissions
def test_a_folder_without_permission_is_an_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(EffbenchError, match="permission denied"):
        require_writable(tmp_path)
    with pytest.raises(EffbenchError, match=r"cannot write .*a: Permission denied"):
        write_files({tmp_path / "a": b"1"})


def test_a_folder_that_is_missing_is_known_before_any_work(tmp_path):
    with pytest.raises(EffbenchError, match=r"cannot write to .*missing: no such folder"):
        require_writable(tmp_path / "missing")


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(EffbenchError, match=r"cannot write to .*a: no such folder"):
        require_writable(tmp_path / "a")


def test_a_folder_that_can_be_written_is_fine(tmp_path):
    require_writable(tmp_path)
    assert names(tmp_path) == set()


def test_a_device_is_not_replaced(tmp_path):
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    with pytest.raises(EffbenchError, match="is not a regular file"):
        write_files({fifo: b"x"})
    assert fifo.is_fifo()
