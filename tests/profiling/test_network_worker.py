"""What a worker that steps networks is asked, and times that cannot be."""

from __future__ import annotations

import os
import sys

import pytest

from effbench.processes.process import Worker, WorkerFailed
from effbench.profiling.network_worker import NetworkWorker
from effbench.profiling.worker.job import Job

LOOP = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    turn = asked["do"] == "turn"
    said = {clock: [ns] * asked["steps"] for clock, ns in json.loads(asked["key"]).items()} if turn else asked
    print(json.dumps({"ok": said}), flush=True)
"""


@pytest.fixture
def worker(monkeypatch):
    """Its loop is LOOP; ``given``: what it would have been started with."""
    given = {}
    plain = Worker.__init__

    def start(self, command, **how):
        given.update(how, command=command)
        plain(self, [sys.executable, "-c", LOOP], name=how["name"])

    monkeypatch.setattr(Worker, "__init__", start)
    with NetworkWorker(2, name="head") as made:
        made.given = given
        yield made


def test_load_and_turn_are_requests(worker):
    job = Job(model="vit_tiny_patch16", batch=2)
    assert worker.load("a", job, 30) == {"do": "load", "key": "a", "job": job.as_dict(), "code": False}
    assert worker.turn('{"wall": 5, "cpu": 0}', 3, 30) == {"wall": [5, 5, 5], "cpu": [0, 0, 0]}
    assert worker.given["environment"]["OMP_NUM_THREADS"] == "2"


@pytest.mark.parametrize("ns", ["-5", '"7"', "NaN", "Infinity", "7.5", "true", "null", "0"])
def test_a_time_that_cannot_be_is_refused_with_its_clock(worker, ns):
    with pytest.raises(WorkerFailed, match=r"the wall clock gave .* ns for a step") as caught:
        worker.turn(f'{{"wall": {ns}}}', 3, 30)
    assert (caught.value.kind, caught.value.who) == ("unavailable", "head")


def test_in_our_own_interpreter_a_model_file_finds_what_its_user_set_up(monkeypatch, worker):
    monkeypatch.setenv("PYTHONPATH", "/project")
    NetworkWorker().close()
    assert worker.given["environment"]["PYTHONPATH"] == "/project"
    NetworkWorker(python="/other/python").close()
    assert "PYTHONPATH" not in worker.given["environment"]
    assert worker.given["environment"]["PATH"] == os.environ["PATH"]
