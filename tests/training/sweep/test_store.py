"""The store: nothing is lost, nothing counts twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.files import journal
from effbench.files.locks import is_held, lock_of
from effbench.training.sweep.store import FILE, Results, Store, read

ADD = """
import json, resource, sys
from pathlib import Path
from effbench.errors import EffbenchError
from effbench.training.sweep.store import Store
from effbench.training.loop.outcome import Outcome
folder, entries, limit = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
if limit:
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing beyond the limit is an error, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
store = Store(folder)
try:
    print(json.dumps([store.add(Outcome.from_entry(entry), {}, "small") for entry in entries]))
except EffbenchError as error:
    print(error, file=sys.stderr)
    raise SystemExit(2)
"""
"""Adds outcomes from a process of its own, which may write files of ``limit`` bytes at most (0: of any size)."""


def add_elsewhere(folder: Path, outcomes, limit: int = 0) -> subprocess.Popen[str]:
    entries = json.dumps([outcome.as_entry() for outcome in outcomes])
    command = [sys.executable, "-c", ADD, str(folder), entries, str(limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_was_added_is_read(tmp_path, small, outcome_of):
    store = Store(tmp_path / "new" / "folder")
    assert dict(store.found()) == {}
    outcome = outcome_of(small.trials[0])
    assert store.add(outcome, small.trials[0].cell, "small")
    (line,) = read(store.path)
    assert (line.outcome, line.cell, line.experiment) == (outcome, {"b1": 0, "b2": 1}, "small")
    assert read(store.folder) == [line]
    assert store.found() == {outcome.key: line}


def test_a_line_is_what_a_run_says_with_its_cell(tmp_path, small, outcome_of):
    outcome = outcome_of(small.trials[0])
    Store(tmp_path).add(outcome, {"b1": 0, "b2": 1}, "small")
    entry = json.loads((tmp_path / FILE).read_text())
    assert entry == {**json.loads(json.dumps(outcome.as_entry())), "cell": {"b1": 0, "b2": 1}, "experiment": "small"}


def test_a_training_that_is_done_is_not_added_again(tmp_path, small, outcome_of):
    one, other = Store(tmp_path), Store(tmp_path)
    assert one.add(outcome_of(small.trials[0], top1=500), {}, "small")
    assert not other.add(outcome_of(small.trials[0], top1=501), {}, "small")
    assert not other.add(outcome_of(small.trials[0], reason="NaN"), {}, "small")
    assert len(read(tmp_path)) == 1


def test_a_failure_is_kept_and_a_later_success_counts(tmp_path, small, outcome_of):
    store, key = Store(tmp_path), small.trials[0].key
    assert store.add(outcome_of(small.trials[0], reason="first"), {}, "small")
    assert store.add(outcome_of(small.trials[0], reason="second"), {}, "small")
    assert store.found()[key].outcome.reason == "second"
    assert store.add(outcome_of(small.trials[0]), {}, "small")
    assert store.found()[key].outcome.status == "done"
    assert len(read(tmp_path)) == 3
    assert store.duplicates == []


def test_of_two_lines_that_are_done_the_first_counts_and_the_other_is_told(tmp_path, small, outcome_of):
    lines = [
        json.dumps({**outcome_of(small.trials[0], top1=top1).as_entry(), "cell": {}, "experiment": "small"})
        for top1 in (500, 501)
    ]
    (tmp_path / FILE).write_text("\n".join(lines) + "\n")
    made = Results(read(tmp_path))
    found, duplicates = made.found, made.duplicates
    assert found[small.trials[0].key].outcome.exits[0].top1 == 500
    assert [line.outcome.exits[0].top1 for line in duplicates] == [501]


@pytest.mark.parametrize("cut", [1, 100, 2])
def test_a_truncated_last_line_is_no_result_and_is_cut_off_by_the_next(tmp_path, small, outcome_of, cut):
    store = Store(tmp_path)
    for trial in small.trials[:2]:
        store.add(outcome_of(trial), trial.cell, "small")
    content = store.path.read_bytes()
    store.path.write_bytes(content[:-cut])
    again = Store(tmp_path)
    assert set(again.found()) == {small.trials[0].key}
    again.add(outcome_of(small.trials[1]), small.trials[1].cell, "small")
    assert store.path.read_bytes() == content


def test_a_store_that_another_process_changes_is_read_again(tmp_path, small, outcome_of):
    store = Store(tmp_path)
    store.add(outcome_of(small.trials[0]), {}, "small")
    assert add_elsewhere(tmp_path, [outcome_of(small.trials[1])]).communicate() == ("[true]\n", "")
    assert set(store.found()) == {trial.key for trial in small.trials[:2]}


def test_two_processes_that_add_the_same_lose_nothing_and_repeat_nothing(tmp_path, small, outcome_of):
    outcomes = [outcome_of(trial) for trial in small.trials]
    both = [add_elsewhere(tmp_path, outcomes * 10), add_elsewhere(tmp_path, outcomes[::-1] * 10)]
    added = [json.loads(process.communicate()[0]) for process in both]
    assert sum(map(sum, added)) == 6
    assert sorted(line.outcome.key for line in read(tmp_path)) == sorted(trial.key for trial in small.trials)


def test_nobody_else_adds_between_looking_and_adding(tmp_path, small, outcome_of, monkeypatch):
    locked = []
    monkeypatch.setattr(journal, "append", lambda path, entry: locked.append(is_held(lock_of(path))))
    assert Store(tmp_path).add(outcome_of(small.trials[0]), {}, "small")
    assert locked == [True]


def test_a_full_disk_is_one_clear_line_and_the_store_is_as_it_was(tmp_path, small, outcome_of):
    store = Store(tmp_path)
    store.add(outcome_of(small.trials[0]), {}, "small")
    content = store.path.read_bytes()
    full = add_elsewhere(tmp_path, [outcome_of(small.trials[1])], limit=len(content) + 100)
    _, said = full.communicate()
    assert full.returncode == 2
    assert said == f"cannot write {store.path}: File too large\n"
    assert store.path.read_bytes() == content


def test_a_disk_without_room_is_one_clear_line(tmp_path, small, outcome_of):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        store = Store(disk)
        long = [outcome_of(trial, reason="x" * 1000) for trial in small.trials] * 10
        with pytest.raises(EffbenchError, match="No space left on device"):
            all(store.add(outcome, {}, "small") for outcome in long)
        assert store.found()
        assert store.path.read_bytes().endswith(b"\n")
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("line", ["{}", '{"kind": "training"}', '{"metric": "cost"}'])
def test_a_line_that_is_no_result_is_named(tmp_path, line):
    (tmp_path / FILE).write_text(line + "\n")
    with pytest.raises(EffbenchError, match=r"results\.jsonl, line 1 is no result of a sweep"):
        read(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path, small, outcome_of):
    (tmp_path / "file").write_text("")
    with pytest.raises(EffbenchError, match="cannot make folder"):
        Store(tmp_path / "file" / "sweep").add(outcome_of(small.trials[0]), {}, "small")


def test_a_hundred_results_are_read_in_an_instant(tmp_path, small, outcome_of):
    """What speaks for no index on disk; the figures are in ``docs/decisions``."""
    entry = json.dumps({**outcome_of(small.trials[0]).as_entry(), "cell": {}, "experiment": "small"})
    (tmp_path / FILE).write_text((entry + "\n") * 100)
    before = os.times()
    assert len(read(tmp_path)) == 100
    after = os.times()
    assert after.user - before.user < 0.5
