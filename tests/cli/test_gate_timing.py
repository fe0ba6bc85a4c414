"""``effbench gate run`` and ``gate calibrate``, on a repository with a model file of a user's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from effbench.errors import EffbenchError
from effbench.files import journal
from effbench.files.locks import is_held, lock_of
from effbench.gate import calibration
from effbench.gate import timing as timing_gate
from effbench.gate.calibration import Calibration, setting_of
from effbench.processes import environment
from effbench.profiling.worker.job import Job

pytest.importorskip("torch")

FAST = "--rounds 2 --looks 3"
SLOW = "return [self.head(x.flatten(1)) for _ in range(60)][-1]"


def git(folder, *arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(model_file):
    """Two commits: a model file, and the same network with sixty times the work."""
    folder = model_file().parent
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "my_model.py")
    git(folder, "commit", "-qm", "one")
    git(folder, "tag", "v1")
    model_file(forward=SLOW)
    git(folder, "commit", "-qam", "two")
    git(folder, "tag", "v2")
    return folder


def test_a_slower_revision_is_found_but_blocks_only_a_calibrated_runner(effbench, repository, tmp_path):
    line = f"gate run --base v1 --head v2 my_model.py {FAST} --format json --repository"
    out, bench = tmp_path / "pairs.jsonl", tmp_path / "bench.json"
    ran = effbench(line, repository, "--out", out, "--export", "bencher", bench)
    (row,) = ran.json
    disagree = "disagree" in row["reason"]  # beside other work the clocks may, which blocks wherever it is
    assert (row["verdict"], row["blocking"], ran.code) == ("FAIL", disagree, 1 if disagree else 3)
    assert disagree or row["reason"] == "advisory: this runner is not calibrated for it"
    assert row["change"] > 1
    assert len(journal.read(out)) == 1 + 3  # the header and three pairs
    assert bench.is_file()
    again = effbench(line, repository, "--out", out)
    assert again.json[0]["change"] == row["change"]  # the kept pairs, none measured anew
    kept = out.read_text()
    out.write_text(kept.replace('"cpu":[', '"cpu":[NaN,', 1))
    wrong = effbench(line, repository, "--out", out)
    assert (wrong.code, wrong.out) == (2, "")
    assert "pairs.jsonl, line 2: my_model.py, base, cpu clock: nan is not a time" in wrong.err
    out.write_text(kept)
    other = effbench(line.replace("--head v2", "--head v1"), repository, "--out", out)
    assert other.code == 2
    assert "belongs to a different run" in other.err


def test_the_working_tree_is_the_head_unless_told_otherwise(effbench, repository, model_file):
    model_file(forward="raise ValueError('broken here')")
    ran = effbench(f"gate run --base v1 my_model.py {FAST} --repository", repository)
    assert ran.code == 1  # a change that breaks the model needs no clock to be blocked
    assert "ValueError: broken here" in ran.out
    assert "working tree" in ran.out


def test_calibration_adds_what_is_missing_and_promises_power(effbench, model_file, tmp_path, monkeypatch):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path / "cache"))
    job = Job(model=str(model_file()))
    found = Calibration(environment.machine().machine, seconds=[5.0] * 11)
    found.ratios[setting_of(job)] = {clock: [0.001 * (i % 3 - 1) for i in range(11)] for clock in ("cpu", "wall")}
    calibration.keep(found)
    out = tmp_path / "calibration.json"
    line = f"gate calibrate {job.model} --pairs 12 --rounds 2 --format json"
    (row,) = effbench(line, "--out", out).json
    assert row["pairs"] == 12  # eleven were kept, one was measured
    assert row["sd_cpu"] > 0
    assert 0 <= row["fail_at_0"] <= row["fail_at_5"] <= row["fail_at_10"] <= 1
    assert row["may_block"] == (row["fail_at_5"] >= 0.8)
    assert len(json.loads(out.read_text())["seconds"]) == 12
    assert effbench(line).json == [row]  # nothing is measured anew


BAD = [
    ("gate run", "arguments are required: --base"),
    ("gate run --base main --margin 100%", "margin must be at least 0 and below 100 %, got 100 %"),
    ("gate run --base main --looks 2 4", "looks must rise from at least 3 pairs"),
    ("gate run --base main --rounds 0", "--rounds must be 1 or more, got 0"),
    ("gate run --base main --batch 0", "--batch must be 1 or more, got 0"),
    ("gate run --base main --export benchr x.json", "unknown export 'benchr'; did you mean bencher?"),
    ("gate run --base main --calibration nowhere.json", "cannot read nowhere.json"),
    ("gate run --base main a a", "a model is named twice"),
    ("gate calibrate --pairs 3", "--pairs must be 12 or more, got 3"),
    ("gate calibrate --device tpu", "'tpu' (choose from"),
    ("gate", "actions:"),
    ("gate rn", "unknown action of gate 'rn'; did you mean run?"),
]


@pytest.mark.parametrize(("line", "said"), BAD, ids=[line for line, _ in BAD])
def test_bad_input(effbench, line, said):
    ran = effbench(line)
    assert ran.code == 2
    assert said in ran.err + ran.out
    assert "Traceback" not in ran.err


def test_an_unknown_revision(effbench, repository):
    ran = effbench(f"gate run --base v3 my_model.py {FAST} --repository", repository)
    assert ran.code == 2
    assert "v3" in ran.err


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_asked_to_end_leaves_nothing(repository, tmp_path, sent):
    line = f"gate run --base v1 --head v2 my_model.py {FAST} --repository {repository}"
    (tmp_path / "temporary").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "temporary")}
    run = subprocess.Popen(
        [sys.executable, "-m", "effbench", *line.split()], env=environment, stderr=subprocess.PIPE, text=True
    )
    listed = ["git", "worktree", "list"]
    deadline = time.monotonic() + 120
    while len(subprocess.check_output(listed, cwd=repository).splitlines()) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    run.send_signal(sent)
    assert run.communicate(timeout=60)[1].endswith(f"effbench: ended by {sent.name}\n")
    assert run.returncode == 128 + sent
    assert len(subprocess.check_output(listed, cwd=repository).splitlines()) == 1
    assert list((tmp_path / "temporary").iterdir()) == []


def test_two_runs_that_begin_a_journal_at_once_make_one_header(tmp_path, monkeypatch):
    locked, out = [], tmp_path / "pairs.jsonl"
    monkeypatch.setattr(journal, "append", lambda path, entry: locked.append(is_held(lock_of(path))))
    assert timing_gate._earlier(out, {"run": {"sides": []}}) == []
    assert locked == [True]


def test_a_pair_counts_once(tmp_path):
    out, header = tmp_path / "pairs.jsonl", {"run": {"sides": []}}
    for entry in (header, {"pair": 1}, {"pair": 1}):
        journal.append(out, entry)
    with pytest.raises(EffbenchError, match="line 3 repeats an earlier one"):
        timing_gate._earlier(out, header)


def test_a_model_that_neither_revision_has(effbench, repository):
    ran = effbench(f"gate run --base v1 --head v2 nothing.py {FAST} --repository", repository)
    assert ran.code == 4
    assert "no such model file" in ran.out
