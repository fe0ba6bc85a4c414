"""Worker pairs of real processes, on networks of a few microseconds."""

from __future__ import annotations

import json
import math
from random import Random

import pytest

from effbench.errors import EffbenchError
from effbench.gate.pairs import Pair, Side, check_entry, entry_log_ratio, measure_pair
from effbench.profiling.worker.job import Job

pytest.importorskip("torch")

TOY = "{'toy': Spec(image_size=8, num_classes=5)}"


def jobs(**models: object) -> dict[str, Job]:
    return {label: Job(model=str(model)) for label, model in models.items()}


def measured(base: dict[str, Job], head: dict[str, Job] | None = None, rounds: int = 3) -> Pair:
    return measure_pair(
        Side(jobs=base), Side(jobs=head or base), list(base), rounds=rounds, order=Random(1), turn=0.002
    )


def test_both_sides_take_every_turn(model_file):
    pair = measured(jobs(toy=model_file()))
    assert pair.failed == {}
    assert {side: sorted(clocks) for side, clocks in pair.turns["toy"].items()} == {
        "base": ["cpu", "wall"],
        "head": ["cpu", "wall"],
    }
    assert all(len(turns) == 3 for clocks in pair.turns["toy"].values() for turns in clocks.values())
    assert pair.steps["toy"] >= 1
    assert pair.seconds > 0
    assert entry_log_ratio(json.loads(json.dumps(pair.as_entry())), "toy", "cpu") == pair.log_ratio("toy", "cpu")


def test_a_head_that_does_more_takes_longer(model_file):
    base = jobs(toy=model_file())
    work = "return [self.head(x.flatten(1)) for _ in range(40)][-1]"
    head = jobs(toy=model_file(name="slow.py", forward=work))
    pair = measured(base, head)
    assert pair.log_ratio("toy", "cpu") > math.log(3)
    assert pair.log_ratio("toy", "wall") > math.log(2)


def test_a_model_that_raises_is_left_out_and_the_others_go_on(model_file):
    other = TOY.replace("toy", "other")
    good, bad = model_file(), model_file(name="bad.py", forward="raise ValueError('not today')", models=other)
    pair = measured(jobs(bad=good, good=good), jobs(bad=bad, good=good))
    assert pair.failed == {"bad": ("head", "model", "ValueError: not today")}
    assert list(pair.turns) == ["good"]


def test_a_process_that_dies_ends_the_pair_and_names_the_model(model_file):
    good, bad = model_file(), model_file(name="bad.py", forward="import os; os.kill(os.getpid(), 9)")
    pair = measured(jobs(bad=bad, good=good), jobs(bad=good, good=good))
    side, kind, reason = pair.failed["bad"]
    assert (side, kind) == ("base", "killed")
    assert "SIGKILL" in reason
    assert pair.turns == {}


class Cold:
    """A worker whose first turn after the warm-up steps takes a hundred times as long; head's cpu clock is ``cpu``."""

    cpu = 1000

    def __init__(self, threads, python, folder, name):
        self.name, self.turns = name, 0

    def turn(self, key, steps, limit):
        self.turns += 1
        slow = 100 if self.turns == 2 and self.name == "head" else 1
        cpu = self.cpu if self.name == "head" and self.turns > 1 else 1000
        return {"cpu": [slow * cpu] * steps, "wall": [slow * 1000] * steps}

    def send(self, request): ...
    def reply(self, limit): ...
    def ask(self, request, limit): ...
    def __enter__(self):
        return self

    def __exit__(self, *error): ...


def test_the_round_that_warms_up_does_not_count(monkeypatch):
    monkeypatch.setattr("effbench.gate.pairs.NetworkWorker", Cold)
    assert measured(jobs(toy="toy"), rounds=1).log_ratio("toy", "cpu") == 0


def test_a_clock_that_stands_still_fails_the_model_of_that_side(monkeypatch):
    monkeypatch.setattr("effbench.gate.pairs.NetworkWorker", type("Still", (Cold,), {"cpu": 0}))
    pair = measured(jobs(toy="toy"))
    side, kind, reason = pair.failed["toy"]
    assert (side, kind, pair.turns) == ("head", "unavailable", {})
    assert reason.startswith("the cpu clock gave 0 ns for a turn of ")


ENTRY = Pair(
    turns={"toy": {side: {"cpu": [10, 11], "wall": [12, 13]} for side in ("base", "head")}},
    steps={"toy": 3},
    failed={"other": ("head", "model", "ValueError: no")},
    seconds=2.0,
).as_entry()


def changed(*place_and_value):
    """ENTRY with another value at a place."""
    *place, last, value = place_and_value
    made = json.loads(json.dumps(ENTRY))
    inside = made
    for name in place:
        inside = inside[name]
    inside[last] = value
    return made


def test_a_pair_of_a_journal_is_one():
    check_entry(ENTRY)
    check_entry(json.loads(json.dumps(ENTRY)))


@pytest.mark.parametrize("value", [math.nan, math.inf, 0, -5, "7", True, None])
@pytest.mark.parametrize(
    "place",
    [
        ("turns", "toy", "head", "cpu", 1),
        ("turns", "toy", "base", "wall", 0),
        ("steps", "toy"),
        ("seconds",),
    ],
)
def test_a_time_that_cannot_be_is_named(place, value):
    with pytest.raises(EffbenchError, match="is not a time") as caught:
        check_entry(changed(*place, value))
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        changed("turns", []),
        changed("turns", "toy", "head", {}),
        changed("turns", "toy", "head", "cpu", [10]),
        changed("turns", "toy", "head", "cpu", 7),
        changed("steps", {}),
        changed("failed", "other", ["head"]),
        changed("failed", "other", ["head", "model", 7]),
    ],
)
def test_what_is_no_pair_is_refused(entry):
    with pytest.raises(EffbenchError, match=r"not a pair of effbench gate|turns without counterpart"):
        check_entry(entry)
