"""Comparisons by scripted workers: turns in every round, one set at a time, faults and going on."""

from __future__ import annotations

from random import Random

import pytest

from effbench.processes.process import WorkerFailed
from effbench.profiling.ratios import flat
from effbench.profiling.sets import SetPlan, compare_all, one_set
from effbench.profiling.visits import Visits
from effbench.profiling.worker.job import Job

pytest.importorskip("scipy")

MS = 1_000_000
A, B = Job(model="vit_cifar10:4"), Job(model="ravit_cifar10:1-3")
PLAN = SetPlan(sets=3, rounds=4)


@pytest.fixture
def two(bench):
    """The base takes 20 ms a step, the other 15 ms; CPU time 10 ms and 8 ms."""
    bench.steps = {A.model: {"wall": 20 * MS, "cpu": 10 * MS}, B.model: {"wall": 15 * MS, "cpu": 8 * MS}}
    return bench


def run(path=None, plan=PLAN, groups=((A, B),)):
    return compare_all(groups, plan, Visits(path, "a test"), order=Random(1))


def test_known_clocks_give_known_ratios(two):
    (made,), ended = run()
    assert (ended, len(made.sets)) == ("", 3)
    base, other = flat(made)
    assert (base["wall_ratio"], base["cpu_ratio"], base["macs_ratio"]) == (1, 1, 1)
    assert (other["wall_step"], other["cpu_step"]) == (0.015, 0.008)
    assert other["wall_ratio"] == pytest.approx(0.75)
    assert [other["cpu_low"], other["cpu_ratio"], other["cpu_high"]] == pytest.approx([0.8, 0.8, 0.8])
    assert (other["sets"], other["status"], other["against"]) == (3, "measured", A.model)


def test_every_turn_has_as_many_steps_as_the_fastest_needs(two):
    # 50 ms are 3 steps of 15 ms (3.33) and 2 of 20 ms (2.5): 3 for both
    found = one_set([A, B], PLAN, Random(1))
    assert found["steps"] == 3
    assert [{name: len(turn["wall"]) for name, turn in turns.items()} for turns in found["rounds"]] == [
        {A.model: 3, B.model: 3}
    ] * 4
    assert two.open == 0


def test_turns_alternate_in_an_order_drawn_anew(two):
    one_set([A, B], SetPlan(rounds=40), Random(1))
    played = [name for name, _ in two.turns[-80:]]
    rounds = [tuple(played[i : i + 2]) for i in range(0, 80, 2)]
    assert {frozenset(one) for one in rounds} == {frozenset((A.model, B.model))}
    assert 10 < sum(one[0] == A.model for one in rounds) < 30


def test_what_drifts_cancels(bench):
    """Both become slower by 1 % each step: the ratio stays what it is."""

    def slower(base):
        step = 0
        while True:
            yield {"wall": round(base * 1.01**step), "cpu": round(base * 1.01**step)}
            step += 1

    bench.steps = {A.model: slower(100 * MS), B.model: slower(50 * MS)}
    (made,), _ = run(plan=SetPlan(sets=1, rounds=30))
    other = flat(made)[1]
    assert other["wall_ratio"] == pytest.approx(0.5, rel=0.03)
    assert (other["wall_low"], other["wall_high"]) == (None, None)  # one set has no interval


def test_a_step_without_cpu_time_has_no_cpu_ratio(bench):
    bench.steps = {A.model: {"wall": 20 * MS, "cpu": 0}, B.model: {"wall": 15 * MS, "cpu": 0}}
    (made,), _ = run()
    assert flat(made)[1]["cpu_ratio"] is None
    assert flat(made)[1]["wall_ratio"] == pytest.approx(0.75)


def test_a_killed_process_costs_its_set_alone(two, tmp_path):
    two.failures[B.model, "turn"] = [WorkerFailed("killed", "killed by SIGKILL", B.model)]
    (made,), ended = run(tmp_path / "kept.jsonl")
    assert (ended, len(made.sets), made.stopped) == ("", 2, None)
    assert flat(made)[1]["status"] == "killed"
    assert flat(made)[1]["reason"] == f"{B.model}: killed by SIGKILL"
    two.loaded.clear()
    (made,), _ = run(tmp_path / "kept.jsonl")  # the set that is missing
    assert (len(made.sets), len(two.loaded), flat(made)[1]["status"]) == (3, 2, "measured")


@pytest.mark.parametrize("kind", ["model", "out_of_memory", "unavailable", "timeout"])
def test_what_would_happen_again_ends_the_comparison(two, kind):
    two.failures[B.model, "load"] = [WorkerFailed(kind, "it broke", B.model)]
    (made,), ended = run()
    assert (ended, len(made.sets), made.stopped) == ("", 0, (kind, f"{B.model}: it broke"))
    assert len(two.loaded) <= 2
    assert two.open == 0
    assert {(row["status"], row["reason"], row["sets"]) for row in flat(made)} == {(kind, f"{B.model}: it broke", 0)}


def test_an_interrupt_keeps_the_sets_that_are_finished(two, tmp_path):
    # a set takes 3 windows and 4 rounds: 7 turns of each
    two.failures[B.model, "turn"] = [None] * 10 + [KeyboardInterrupt()]
    train = [Job(model=job.model, task="train") for job in (A, B)]
    made, ended = run(tmp_path / "kept.jsonl", groups=[(A, B), train])
    assert (ended, [len(one.sets) for one in made]) == ("interrupted", [1, 0])
    assert [one.stopped for one in made] == [("incomplete", "interrupted"), ("not_measured", "interrupted")]
    two.loaded.clear()
    made, ended = run(tmp_path / "kept.jsonl", groups=[(A, B), train])
    assert (ended, [len(one.sets) for one in made]) == ("", [3, 3])
    assert len(two.loaded) == 2 * 5
