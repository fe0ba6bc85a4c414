"""A worker process: asked and answering, and every way in which it can fail. The worker's loop is a stand-in."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from effbench.processes import process
from effbench.processes.process import Worker, WorkerFailed
from effbench.profiling.worker.job import Job

LOOP = """
import json, os, signal, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    what = asked["do"]
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "exit":
        print("something about a library", "the last words", sep=chr(10), file=sys.stderr, flush=True)
        sys.exit(3)
    if what == "hang":
        time.sleep(600)
    if what == "fail":
        answer = {"error": "ValueError: no", "kind": "model"}
    elif what == "turn":
        answer = {"ok": {clock: [ns] * asked["steps"] for clock, ns in json.loads(asked["key"]).items()}}
    else:
        answer = {"ok": {"asked": asked, "threads": os.environ["OMP_NUM_THREADS"], "folder": os.getcwd()}}
    text = json.dumps(answer)
    half = len(text) // 2
    print(text[:half], end="", flush=True)  # an answer may arrive in parts
    print(text[half:], flush=True)
"""


@pytest.fixture
def open_worker(monkeypatch):
    """A worker whose loop is LOOP; closed in the end."""
    monkeypatch.setattr(Worker, "boot", LOOP)
    opened = []

    def make(**how):
        opened.append(Worker(**how))
        return opened[-1]

    yield make
    for worker in opened:
        worker.close()


def alive(pid):
    """Whether the process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_answers_what_it_is_asked(open_worker, tmp_path):
    worker = open_worker(threads=2, folder=tmp_path)
    assert worker.ask({"do": "it", "key": 1}, 30) == {
        "asked": {"do": "it", "key": 1},
        "threads": "2",
        "folder": str(tmp_path),
    }


def test_load_and_turn_are_requests(open_worker):
    worker = open_worker()
    job = Job(model="vit_tiny_patch16", batch=2)
    assert worker.load("a", job, 30)["asked"] == {"do": "load", "key": "a", "job": job.as_dict(), "code": False}
    assert worker.turn('{"wall": 5, "cpu": 0}', 3, 30) == {"wall": [5, 5, 5], "cpu": [0, 0, 0]}


@pytest.mark.parametrize("ns", ["-5", '"7"', "NaN", "Infinity", "7.5", "true", "null", "0"])
def test_a_time_that_cannot_be_is_refused_with_its_clock(open_worker, ns):
    with pytest.raises(WorkerFailed, match=r"the wall clock gave .* ns for a step") as caught:
        open_worker(name="head").turn(f'{{"wall": {ns}}}', 3, 30)
    assert (caught.value.kind, caught.value.who) == ("unavailable", "head")


def test_answers_come_in_the_order_of_the_requests(open_worker):
    worker = open_worker()
    for number in range(3):
        worker.send({"do": "it", "number": number})
    assert [worker.receive(30)["asked"]["number"] for _ in range(3)] == [0, 1, 2]


def test_an_error_that_is_reported_leaves_the_worker_alive(open_worker):
    worker = open_worker(name="mine")
    with pytest.raises(WorkerFailed, match="ValueError: no") as failed:
        worker.ask({"do": "fail"}, 30)
    assert (failed.value.kind, failed.value.who, failed.value.lost) == ("model", "mine", False)
    assert worker.ask({"do": "it"}, 30)


def test_a_worker_that_kills_itself_is_named_by_its_signal(open_worker):
    with pytest.raises(WorkerFailed, match="killed by SIGKILL") as failed:
        open_worker().ask({"do": "die"}, 30)
    assert (failed.value.kind, failed.value.lost) == ("killed", True)


def test_a_worker_that_the_system_killed_for_memory_ran_out_of_it(open_worker, monkeypatch):
    kills = iter([3, 4])  # before the worker started, and after it was gone
    monkeypatch.setattr(process, "_out_of_memory_kills", lambda: next(kills))
    with pytest.raises(WorkerFailed, match="ran out of memory") as failed:
        open_worker().ask({"do": "die"}, 30)
    assert (failed.value.kind, failed.value.lost) == ("out_of_memory", True)


@pytest.mark.skipif(not Path("/proc/vmstat").exists(), reason="Linux tells how many processes it killed")
def test_the_system_tells_how_many_it_killed_for_memory():
    text = Path("/proc/vmstat").read_text(encoding="ascii")
    assert f"\noom_kill {process._out_of_memory_kills()}\n" in text


def test_a_worker_that_was_killed_before_it_was_asked(open_worker):
    worker = open_worker()
    worker.ask({"do": "it"}, 30)
    os.kill(worker.pid, signal.SIGTERM)
    worker._process.wait()
    with pytest.raises(WorkerFailed, match="killed by SIGTERM"):
        worker.ask({"do": "it"}, 30)


def test_a_worker_that_ends_says_its_last_line(open_worker):
    with pytest.raises(WorkerFailed, match="ended with code 3: the last words"):
        open_worker().ask({"do": "exit"}, 30)


def test_a_worker_that_hangs_is_killed(open_worker):
    worker = open_worker()
    worker.ask({"do": "it"}, 30)
    with pytest.raises(WorkerFailed, match=r"no answer within 0\.05 s") as failed:
        worker.ask({"do": "hang"}, 0.05)
    assert (failed.value.kind, failed.value.lost) == ("timeout", True)
    assert not alive(worker.pid)


def test_no_process_is_left_behind(open_worker):
    with open_worker() as worker:
        worker.ask({"do": "it"}, 30)
        worker.send({"do": "hang"})
    assert not alive(worker.pid)
    worker.close()  # a second time does nothing
