"""Worker pairs of real processes, on networks of a few microseconds."""

from __future__ import annotations

import json
import math
from random import Random

import pytest

from effbench.gate.pairs import Pair, Side, entry_log_ratio, measure_pair
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
