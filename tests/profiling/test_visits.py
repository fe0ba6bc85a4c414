"""Lines of measurements in a file: which count, which are refused, and what they were measured under."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from effbench.errors import EffbenchError
from effbench.profiling.rows import Plan, measure, rows_for
from effbench.profiling.visits import Visits
from effbench.profiling.worker.job import Job

MS = 1_000_000
PLAN = Plan(processes=2, samples=2, seconds=0.01)
A = Job(model="vit_cifar10:3")


@pytest.fixture
def two(bench):
    """Steps of 10 ms."""
    bench.steps = {A.model: {"wall": 10 * MS, "cpu": 10 * MS}}
    return bench


def test_a_file_that_is_something_else_is_refused(tmp_path):
    (tmp_path / "other.jsonl").write_text('{"kind": "recipe"}\n')
    with pytest.raises(EffbenchError, match="line 1 is not a measurement"):
        Visits(tmp_path / "other.jsonl", "")


def test_a_device_is_no_file_to_keep_results_in():
    with pytest.raises(EffbenchError, match="not a file"):
        Visits(Path("/dev/full"), "")


def test_a_line_knows_its_conditions(two, tmp_path):
    visits = Visits(tmp_path / "kept.jsonl", "effbench profile x")
    rows = rows_for([A], PLAN, visits)
    measure(rows, PLAN, visits, order=Random(1))
    under = visits.under(rows[0].visits[0])
    assert replace(under, load=None) == replace(visits.conditions, load=None)
    first = lines(tmp_path / "kept.jsonl")[0]
    assert (first["kind"], first["command"], "load" in first) == ("conditions", "effbench profile x", False)


def test_conditions_are_written_once_as_long_as_they_last(two, tmp_path, monkeypatch):
    path = tmp_path / "kept.jsonl"
    for _ in range(2):
        Visits(path, "a test")
    assert len(lines(path)) == 1
    now = Visits(None, "").conditions
    monkeypatch.setattr("effbench.profiling.visits.environment.conditions", lambda: replace(now, commit="another"))
    Visits(path, "a test")
    assert [line["commit"] for line in lines(path)] == [now.commit, "another"]


@pytest.mark.parametrize("changed", ["machine", "libraries"])
def test_another_machine_or_library_is_another_key_and_another_commit_is_not(two, monkeypatch, changed):
    now = Visits(None, "").conditions

    def key(**other):
        monkeypatch.setattr("effbench.profiling.visits.environment.conditions", lambda: replace(now, **other))
        return Visits(None, "").key(A.as_dict(), [A], PLAN.of_one_process())

    assert key() == key(commit="another", dirty=None)
    assert key() != key(**{changed: "another"})


def test_the_key_is_of_the_job_the_plan_and_the_code(two, monkeypatch):
    visits = Visits(None, "")
    key = visits.key(A.as_dict(), [A], {"samples": 1})
    assert key == visits.key(A.as_dict(), [A], {"samples": 1})
    assert key != visits.key(A.as_dict(), [A], {"samples": 2})
    assert key != visits.key({**A.as_dict(), "batch": 2}, [A], {"samples": 1})
    monkeypatch.setattr("effbench.profiling.visits._worker_code", lambda: "changed")
    assert key != visits.key(A.as_dict(), [A], {"samples": 1})


def test_a_users_model_file_is_part_of_the_key(model_file):
    from effbench.counting.operations import code_of
    from effbench.models import registry

    path = model_file()
    before = code_of(registry.resolve(str(path)))
    path.write_text(path.read_text() + "# changed\n")
    assert code_of(registry.resolve(str(path))) != before


@pytest.mark.parametrize(
    ("imported", "counts"),
    [
        ({"files": {}, "packages": {}}, True),
        ({"files": {"json": "another digest"}, "packages": {}}, False),
        ({"files": {"no_such_module": "its digest"}, "packages": {}}, False),
        ({"files": {}, "packages": {"pytest": "0.1 another"}}, False),
        (None, False),  # a file changed meanwhile
        ({"files": 7}, False),
    ],
)
def test_a_users_network_counts_as_long_as_what_it_imported_is_the_same(bench, model_file, tmp_path, imported, counts):
    job = Job(model=str(model_file()))
    bench.steps = {job.model: {"wall": 10 * MS, "cpu": 10 * MS}}
    bench.answers["imported"] = imported
    for _ in range(2):
        visits = Visits(tmp_path / "kept.jsonl", "a test")
        rows = rows_for([job], PLAN, visits)
        found = len(rows[0].visits), rows[0].others
        measure(rows, PLAN, visits, order=Random(1))
    assert found == ((2, 0) if counts else (0, 2))


@pytest.mark.parametrize("ns", ["-5", "NaN", "Infinity", '"7"', "true", "null"])
def test_a_time_that_no_clock_gives_is_named_with_its_line(two, tmp_path, ns):
    path = tmp_path / "kept.jsonl"
    visits = Visits(path, "a test")
    measure(rows_for([A], PLAN, visits), PLAN, visits, order=Random(1))
    path.write_text(path.read_text().replace(f'"cpu":[{10 * MS}', f'"cpu":[{ns}', 1))
    with pytest.raises(EffbenchError, match=r"kept\.jsonl, line 2, cpu clock: .* is not a time"):
        Visits(path, "a test")


@pytest.mark.parametrize("broken", [{"samples": None}, {"samples": {"cpu": 7}}, {"kind": "set"}])
def test_a_measured_line_without_times_is_refused(tmp_path, broken):
    line = {"kind": "visit", "status": "measured", "samples": {"cpu": [7]}, **broken}
    (tmp_path / "kept.jsonl").write_text(json.dumps(line) + "\n")
    with pytest.raises(EffbenchError, match="line 1 is not a measurement of effbench profile"):
        Visits(tmp_path / "kept.jsonl", "a test")


def lines(path):
    """The file, line by line."""
    return [json.loads(line) for line in path.read_text().splitlines()]
