"""Results appended line by line: what a crash, a full disk or a second writer can do to them."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.errors import EffbenchError
from effbench.files import journal
from effbench.files.locks import is_held


def test_entries_come_back_in_order(tmp_path):
    path = tmp_path / "j.jsonl"
    for number in range(3):
        journal.append(path, {"number": number, "name": "²"})
    assert journal.read(path) == [{"number": number, "name": "²"} for number in range(3)]
    assert len(path.read_text().splitlines()) == 3


def test_a_journal_that_is_not_there_is_empty(tmp_path):
    assert journal.read(tmp_path / "none.jsonl") == []


@given(cut=st.integers(min_value=1, max_value=60))
def test_a_line_cut_short_is_no_entry_and_is_repaired(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("cut") / "j.jsonl"
    journal.append(path, {"kept": "a" * 70_000})  # longer than a block read from the end
    journal.append(path, {"lost": "b" * 60})
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert [list(entry) for entry in journal.read(path)] == [["kept"]]
    journal.append(path, {"new": 1})
    assert [list(entry) for entry in journal.read(path)] == [["kept"], ["new"]]


def test_of_a_long_journal_only_the_end_is_read(tmp_path, monkeypatch):
    path, read = tmp_path / "j.jsonl", []
    journal.append(path, {"kept": "a" * 1_000_000})
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda handle, count, at: read.append(count) or pread(handle, count, at))
    journal.append(path, {"new": 1})
    assert 0 < sum(read) < 100_000


def test_a_file_with_no_finished_line_is_begun_anew(tmp_path):
    path = tmp_path / "j.jsonl"
    path.write_bytes(b'{"half')
    journal.append(path, {"new": 1})
    assert journal.read(path) == [{"new": 1}]


@pytest.mark.parametrize(("line", "said"), [("nonsense", "line 2 is not JSON"), ("[1]", "line 2 is not a JSON object")])
def test_a_finished_line_that_is_no_entry_is_an_error(tmp_path, line, said):
    path = tmp_path / "j.jsonl"
    path.write_text('{"a":1}\n' + line + "\n")
    with pytest.raises(EffbenchError, match=said):
        journal.read(path)


def test_a_full_disk_leaves_what_was_there(tmp_path):
    path = tmp_path / "j.jsonl"
    journal.append(path, {"kept": 1})
    before = path.read_bytes()
    script = (
        "import resource, signal, sys; from pathlib import Path; from effbench.files import journal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 20}, resource.RLIM_INFINITY))\n"
        "journal.append(Path(sys.argv[1]), {'too': 'x' * 100})\n"
    )
    ran = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert "EffbenchError: cannot write" in ran.stderr
    assert path.read_bytes() == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != len(before) + 20  # the limit was the child's alone


@pytest.mark.parametrize("place", ["folder", "missing/j.jsonl"])
def test_a_place_that_cannot_be_written(tmp_path, place):
    (tmp_path / "folder").mkdir()
    with pytest.raises(EffbenchError, match="cannot write"):
        journal.append(tmp_path / place, {})


def test_a_line_is_flushed_to_disk_while_the_file_is_locked(tmp_path, monkeypatch):
    """Without the flush a power cut, without the lock another writer's cut, takes a line that was said to be kept."""
    path, flushed = tmp_path / "j.jsonl", []

    def fsync(handle):
        assert os.path.samestat(os.fstat(handle), path.stat())
        flushed.append((path.read_bytes(), is_held(path)))

    monkeypatch.setattr(os, "fsync", fsync)
    journal.append(path, {"a": 1})
    journal.append(path, {"b": 2})
    assert flushed == [(b'{"a":1}\n', True), (b'{"a":1}\n{"b":2}\n', True)]
    assert not is_held(path)


def test_two_writers_lose_nothing(tmp_path):
    path = tmp_path / "j.jsonl"
    script = (
        "import sys; from pathlib import Path; from effbench.files import journal\n"
        "for i in range(100): journal.append(Path(sys.argv[1]), {'who': sys.argv[2], 'i': i})\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path), who]) for who in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    found = journal.read(path)
    assert len(found) == 200
    for who in "ab":
        assert [entry["i"] for entry in found if entry["who"] == who] == list(range(100))


def test_a_writer_killed_at_any_moment_leaves_a_readable_file(tmp_path):
    path = Path(tmp_path / "j.jsonl")
    script = (
        "import sys; from pathlib import Path; from effbench.files import journal\n"
        "while True: journal.append(Path(sys.argv[1]), {'long': 'x' * 5000}); print(flush=True)\n"
    )
    written = 0
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
        for _ in range(3):
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"\n"
            written += 1
        writer.kill()
        writer.communicate()
        assert len(journal.read(path)) >= written
        journal.append(path, {"mark": written})
        written = len(journal.read(path))
    assert all(json.dumps(entry) for entry in journal.read(path))


def test_a_journal_that_cannot_be_read_is_told_by_the_system_s_reason(tmp_path):
    with pytest.raises(EffbenchError, match=r"^cannot read .*: Is a directory$"):
        journal.read(tmp_path)
