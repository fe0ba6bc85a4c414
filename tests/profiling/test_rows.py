"""Rows measured by scripted workers: known clocks give known numbers, faults cost what they must and no more."""

from __future__ import annotations

import json
from random import Random

import pytest

from effbench.processes.process import WorkerFailed
from effbench.profiling.rows import Plan, measure, one_process, rows_for
from effbench.profiling.visits import Visits
from effbench.profiling.worker.job import Job

MS = 1_000_000
PLAN = Plan(processes=3, samples=6, seconds=0.3)
A, B = Job(model="vit_cifar10:3", batch=4), Job(model="vit_cifar10:4", batch=4)


@pytest.fixture
def two(bench):
    """Two models: 10 ms and 20 ms a step, all of it computing."""
    bench.steps = {A.model: {"wall": 10 * MS, "cpu": 10 * MS}, B.model: {"wall": 20 * MS, "cpu": 20 * MS}}
    return bench


def run(path=None, plan=PLAN, jobs=(A, B)):
    """(rows, why it ended) of a run that keeps its results in ``path``."""
    visits = Visits(path, "a test")
    rows = rows_for(jobs, plan, visits)
    return rows, measure(rows, plan, visits, order=Random(1))


def test_one_process_on_a_known_clock(two):
    # turn: 50 ms = 5 steps of 10 ms; warm after 3 windows = 15 steps; of 6 samples and 0.3 s in 3 processes each gives
    # 2 and 0.1 s: 0.1 s = 10 steps = 2 turns
    found = one_process(A, PLAN)
    assert found["warm"] == {"steady": True, "steps": 15, "seconds": 0.15, "clock": "cpu", "step_ns": 10 * MS}
    assert found["samples"] == {"wall": [10 * MS] * 10, "cpu": [10 * MS] * 10}
    assert (found["memory"]["bytes"], found["energy"], found["state"]) == (4096, {"unavailable": "no counter"}, [])
    assert two.open == 0


def test_every_row_gets_its_processes_and_they_take_turns(two):
    rows, ended = run()
    assert ended == ""
    assert [(row.status, len(row.visits)) for row in rows] == [("measured", 3)] * 2
    models = [job.model for job in two.loaded]
    assert [sorted(models[i : i + 2]) for i in (0, 2, 4)] == [[A.model, B.model]] * 3


def test_a_gpu_is_asked_for_its_state_before_and_after(bench):
    job = Job(model=A.model, device="cuda")
    bench.steps[A.model] = {"wall": 10 * MS, "cpu": MS, "device": 9 * MS, "launch": MS}
    found = one_process(job, PLAN)
    assert found["state"] == [{"unavailable": "no GPU"}] * 2
    assert found["warm"]["clock"] == "device"


def test_a_process_has_a_time_limit_in_all(two):
    now = iter(range(0, 10_000, 100))  # every look at the clock finds it 100 s later
    limits = []

    class Watched:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def load(self, key, job, limit):
            limits.append(limit)
            raise WorkerFailed("timeout", f"no answer within {limit:g} s")

    with pytest.raises(WorkerFailed, match="within 800 s"):
        one_process(A, PLAN, lambda job: Watched(), lambda: next(now))
    assert limits == [800.0]  # of 900 s, 100 had passed


@pytest.mark.parametrize("kind", ["killed", "timeout", "model", "out_of_memory", "unavailable"])
@pytest.mark.parametrize("request_", ["load", "turn", "memory"])
def test_a_failure_costs_its_row_and_is_named(two, tmp_path, kind, request_):
    two.failures[A.model, request_] = [WorkerFailed(kind, "it broke")]
    rows, ended = run(tmp_path / "kept.jsonl")
    assert ended == ""
    assert [(row.status, row.reason, len(row.visits)) for row in rows] == [(kind, "it broke", 0), ("measured", "", 3)]
    assert two.open == 0
    failed = [line for line in lines(tmp_path / "kept.jsonl") if line.get("status") == kind]
    assert [(line["subject"]["model"], line["subject"]["batch"], line["reason"]) for line in failed] == [
        (A.model, 4, "it broke")
    ]


def test_a_row_keeps_what_was_measured_before_it_failed_and_goes_on_from_there(two, tmp_path):
    two.failures[A.model, "load"] = [None, None, WorkerFailed("killed", "killed by SIGKILL")]
    rows, _ = run(tmp_path / "kept.jsonl")
    assert [(row.status, len(row.visits)) for row in rows] == [("killed", 2), ("measured", 3)]
    two.loaded.clear()
    rows, _ = run(tmp_path / "kept.jsonl")
    assert [(row.status, len(row.visits)) for row in rows] == [("measured", 3)] * 2
    assert [job.model for job in two.loaded] == [A.model]  # the one that was missing


def test_an_interrupt_keeps_what_is_finished_and_names_the_rest(two, tmp_path):
    two.failures[B.model, "turn"] = [None] * 12 + [KeyboardInterrupt()]
    rows, ended = run(tmp_path / "kept.jsonl")
    assert ended == "interrupted"
    assert two.open == 0
    done = {row.job.model: len(row.visits) for row in rows}
    assert 0 < sum(done.values()) < 6
    for row in rows:
        if len(row.visits) < 3:
            assert (row.status, row.reason) == ("incomplete" if row.visits else "not_measured", "interrupted")
    two.loaded.clear()
    rows, ended = run(tmp_path / "kept.jsonl")
    assert (ended, [len(row.visits) for row in rows]) == ("", [3, 3])
    assert len(two.loaded) == 6 - sum(done.values())


def test_a_full_disk_ends_the_run_and_what_was_measured_is_still_there(two, tmp_path, monkeypatch):
    path = tmp_path / "kept.jsonl"
    keep, room = Visits.keep, [1, 1, 1]  # the conditions and two processes

    def full(self, entry):
        if not room:
            self._path = path.with_name("full") / "missing"  # a folder that is not there: the write fails
        else:
            room.pop()
        keep(self, entry)

    monkeypatch.setattr(Visits, "keep", full)
    rows, ended = run(path)
    assert ended.startswith("cannot write")
    assert sum(len(row.visits) for row in rows) == 3  # the one that could not be kept is shown, too
    assert {row.reason for row in rows if len(row.visits) < 3} == {ended}
    assert len(lines(path)) == 3
    monkeypatch.undo()
    assert [line["kind"] for line in lines(path)] == ["conditions", "visit", "visit"]


def test_the_same_command_measures_nothing_twice(two, tmp_path):
    run(tmp_path / "kept.jsonl")
    two.loaded.clear()
    before = (tmp_path / "kept.jsonl").read_bytes()
    rows, ended = run(tmp_path / "kept.jsonl")
    assert (ended, [len(row.visits) for row in rows], two.loaded) == ("", [3, 3], [])
    assert (tmp_path / "kept.jsonl").read_bytes() == before


def test_a_line_cut_off_by_a_crash_is_one_process_to_measure_again(two, tmp_path):
    path = tmp_path / "kept.jsonl"
    run(path)
    path.write_bytes(path.read_bytes()[:-20])
    two.loaded.clear()
    rows, _ = run(path)
    assert [len(row.visits) for row in rows] == [3, 3]
    assert len(two.loaded) == 1
    assert len(lines(path)) == 7  # every line is whole


def test_lines_of_another_plan_do_not_count_and_are_reported(two, tmp_path):
    run(tmp_path / "kept.jsonl")
    rows, _ = run(tmp_path / "kept.jsonl", Plan(processes=3, samples=60, seconds=0.3))
    assert [(len(row.visits), row.others) for row in rows] == [(3, 3), (3, 3)]
    assert all(len(visit["samples"]["wall"]) >= 20 for row in rows for visit in row.visits)


def test_lines_of_other_code_do_not_count(two, tmp_path, monkeypatch):
    run(tmp_path / "kept.jsonl")
    monkeypatch.setattr("effbench.profiling.visits.code_of", lambda model: "changed")
    two.loaded.clear()
    rows, _ = run(tmp_path / "kept.jsonl")
    assert [(len(row.visits), row.others) for row in rows] == [(3, 3), (3, 3)]
    assert len(two.loaded) == 6


def lines(path):
    """The file, line by line."""
    return [json.loads(line) for line in path.read_text().splitlines()]
