"""A gate run on scripted pairs: when it stops, what it says, whom it gives up."""

from __future__ import annotations

import math
from random import Random

import pytest

pytest.importorskip("scipy")

from effbench.gate import session as session_module
from effbench.gate.outcome import exit_code
from effbench.gate.pairs import Pair, Side
from effbench.gate.sequential import Plan
from effbench.gate.session import Session
from effbench.gate.timing import _with_power
from effbench.profiling.worker.job import Job

PLAN = Plan(looks=(6, 12))


def turns(change: float, wall: float, wobble: int) -> dict[str, dict[str, list[int]]]:
    """Three turns a side; the head takes ``change`` more CPU time and ``wall`` more wall time, and wobbles by 0.1 %."""
    head = round(1_000_000 * (1 + change) * (1 + 0.001 * wobble))
    other = round(2_000_000 * (1 + wall) * (1 + 0.001 * wobble))
    return {"base": {"cpu": [1_000_000] * 3, "wall": [2_000_000] * 3}, "head": {"cpu": [head] * 3, "wall": [other] * 3}}


@pytest.fixture
def scripted(monkeypatch):
    """``scripted({"a": 0.05}, fail=…)``: a session whose pairs show these changes; ``fail(label, n)`` breaks some."""

    def make(changes, *, wall=None, fail=lambda label, number: None, **given):
        asked: list[list[str]] = []
        before = len(given.get("pairs", ()))

        def measure(base, head, labels, *, rounds, order, turn):
            pair = Pair(turns={}, steps={}, failed={}, seconds=6.0)
            for label in labels:
                problem = fail(label, len(asked))
                if problem:
                    pair.failed[label] = problem
                    continue
                beside = (wall or changes)[label]
                pair.turns[label] = turns(changes[label], beside, (before + len(asked)) % 3 - 1)
                pair.steps[label] = 10
            asked.append(list(labels))
            return pair

        monkeypatch.setattr(session_module, "measure_pair", measure)
        side = Side(jobs={label: Job(model=label) for label in changes})
        made = Session(base=side, head=side, labels=list(changes), plan=PLAN, order=Random(0), **given)
        return made, asked

    return make


def test_decided_models_are_measured_no_more(scripted):
    # b is at the margin and needs both looks; a and c are clear after six pairs
    made, asked = scripted({"a": 0.10, "b": 0.02, "c": 0.0})
    rows = {row.model: row for row in made.run()}
    assert [rows[label].verdict for label in "abc"] == ["FAIL", "INCONCLUSIVE", "PASS"]
    assert asked == [["a", "b", "c"]] * 6 + [["b"]] * 6
    assert [rows[label].pairs for label in "abc"] == [6, 12, 6]
    assert rows["b"].reason == "too little is known after the last look"


def test_numbers_of_a_row(scripted):
    made, _ = scripted({"a": 0.10})
    (row,) = made.run()
    assert row.effect.change == pytest.approx(0.10, abs=1e-3)
    assert row.effect.low < row.effect.change < row.effect.high
    assert row.base_ns == 100_000  # 1,000,000 ns a turn of 10 steps
    assert row.head_ns == pytest.approx(110_000, rel=2e-3)
    assert row.minutes == pytest.approx(0.6)  # six pairs of six seconds
    assert row.clock == "cpu"


@pytest.mark.parametrize(
    ("cpu", "wall", "said"),
    [
        (0.001, 0.20, "wall time (+20.0 %) and CPU time (+0.1 %) disagree"),  # moved into another thread
        (0.10, -0.10, "wall time (-10.0 %) and CPU time (+10.0 %) disagree"),
    ],
)
def test_clocks_that_part_fail_and_say_so(scripted, cpu, wall, said):
    made, _ = scripted({"a": cpu}, wall={"a": wall})
    (row,) = made.run()
    assert (row.verdict, row.reason, row.pairs) == ("FAIL", said, 6)
    assert exit_code([_with_power(row, {"a": Job(model="a")}, PLAN, None)]) == 1  # on a runner that is not calibrated


def test_what_both_clocks_pass_passes_however_they_part(scripted):
    made, _ = scripted({"a": -0.30}, wall={"a": 0.0})
    (row,) = made.run()
    assert (row.verdict, row.reason) == ("PASS", "")


def test_clocks_on_either_side_of_the_margin_are_inconclusive(scripted):
    made, _ = scripted({"a": 0.014}, wall={"a": 0.029})
    (row,) = made.run()
    assert (row.verdict, row.reason) == ("INCONCLUSIVE", "wall time (+2.9 %) and CPU time (+1.4 %) disagree")


def test_a_model_that_the_head_broke_fails(scripted):
    made, asked = scripted(
        {"a": 0.0, "b": 0.0}, fail=lambda label, number: ("head", "model", "ValueError: no") if label == "a" else None
    )
    rows = {row.model: row for row in made.run()}
    assert (rows["a"].verdict, rows["a"].reason) == ("FAIL", "head: ValueError: no")
    assert rows["a"].effect.change is None
    assert rows["b"].verdict == "PASS"
    assert asked[0] == ["a", "b"]
    assert asked[1:] == [["b"]] * 5


def test_a_model_that_the_base_lacks_is_inconclusive(scripted):
    made, _ = scripted({"a": 0.0}, fail=lambda label, number: ("base", "model", "UnknownName: a"))
    (row,) = made.run()
    assert (row.verdict, row.reason, row.pairs) == ("INCONCLUSIVE", "base: UnknownName: a", 0)


def test_lost_processes_are_forgiven_twice(scripted):
    lost = ("head", "killed", "killed by SIGKILL")
    made, asked = scripted({"a": 0.0}, fail=lambda label, number: lost if number in (1, 3) else None)
    assert made.run()[0].verdict == "PASS"
    assert len(asked) == 8
    made, asked = scripted({"a": 0.0}, fail=lambda label, number: lost)
    (row,) = made.run()
    assert (row.verdict, row.reason) == ("INCONCLUSIVE", "head: killed: killed by SIGKILL")
    assert len(asked) == 3


def test_every_pair_is_kept_at_once_and_a_run_goes_on(scripted):
    kept: list[dict] = []
    made, asked = scripted({"a": 0.02}, keep=kept.append)
    rows = made.run()
    assert len(kept) == len(asked) == 12
    again, asked_again = scripted({"a": 0.02}, pairs=kept[:7])
    assert again.run() == rows
    assert len(asked_again) == 5


def test_nothing_is_left_to_measure(scripted):
    made, _ = scripted({"a": 0.10})
    made.run()
    again, asked_again = scripted({"a": 0.10}, pairs=made.pairs)
    assert again.run()[0].effect.change == pytest.approx(math.expm1(math.log(1.1)), abs=1e-3)
    assert asked_again == []
