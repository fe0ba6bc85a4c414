"""A worker process: asked and answering, and every way in which it can fail. The worker's loop is a stand-in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from effbench.processes import process
from effbench.processes.process import Worker, WorkerFailed, our_worker, with_threads

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
    else:
        answer = {"ok": {"asked": asked, "colour": os.environ.get("COLOUR"), "folder": os.getcwd()}}
    text = asked["line"] if what == "write" else json.dumps(answer)
    half = len(text) // 2
    print(text[:half], end="", flush=True)  # an answer may arrive in parts
    print(text[half:], flush=True)
"""


@pytest.fixture
def open_worker():
    """A worker whose loop is LOOP; closed in the end."""
    opened = []

    def make(**how):
        opened.append(Worker([sys.executable, "-c", LOOP], **how))
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
    worker = open_worker(environment={**os.environ, "COLOUR": "red"}, folder=tmp_path)
    assert worker.ask({"do": "it", "key": 1}, 30) == {
        "asked": {"do": "it", "key": 1},
        "colour": "red",
        "folder": str(tmp_path),
    }


def test_answers_come_in_the_order_of_the_requests(open_worker):
    worker = open_worker()
    for number in range(3):
        worker.send({"do": "it", "number": number})
    assert [worker.reply(30)["asked"]["number"] for _ in range(3)] == [0, 1, 2]


def test_an_error_that_is_reported_leaves_the_worker_alive(open_worker):
    worker = open_worker(name="mine")
    with pytest.raises(WorkerFailed, match="ValueError: no") as failed:
        worker.ask({"do": "fail"}, 30)
    assert (failed.value.kind, failed.value.who, failed.value.lost) == ("model", "mine", False)
    assert worker.ask({"do": "it"}, 30)


def test_a_worker_that_kills_itself_is_named_by_its_signal(open_worker):
    with pytest.raises(WorkerFailed, match="killed by SIGKILL") as failed:
        open_worker().ask({"do": "die"}, 30)
    assert (failed.value.kind, failed.value.lost, failed.value.code) == ("killed", True, -signal.SIGKILL)


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
    with pytest.raises(WorkerFailed, match="ended with code 3: the last words") as failed:
        open_worker().ask({"do": "exit"}, 30)
    assert failed.value.code == 3


@pytest.mark.parametrize("line", ["not JSON", "[1]", "{}", '{"error": "no kind"}', "x" * 1000])
def test_a_line_that_is_not_an_answer_ends_the_worker_with_one_line(open_worker, line):
    worker = open_worker(name="head")
    with pytest.raises(WorkerFailed) as failed:
        worker.ask({"do": "write", "line": line}, 30)
    assert (failed.value.kind, failed.value.who, failed.value.lost) == ("unreadable", "head", True)
    assert str(failed.value) == f"it wrote a line that is not an answer: {line[:60]!r}"
    assert not alive(worker.pid)


def test_an_answer_can_be_waited_for_with_others(open_worker):
    worker = open_worker()
    assert not worker.has_replied()
    worker.send({"do": "it"})
    while not worker.has_replied(30):
        pass
    assert worker.reply()["asked"] == {"do": "it"}
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.has_replied(30)  # that there will be none
    assert not worker.is_alive()


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


def test_a_module_of_ours_answers():
    with our_worker("gate.counter") as worker, pytest.raises(WorkerFailed, match="KeyError: 'code'") as failed:
        worker.ask({}, 60)
    assert (failed.value.kind, failed.value.lost) == ("model", False)


DRIVER = f"""
import sys
from effbench.processes.process import Worker
worker = Worker([sys.executable, "-c", {LOOP!r}])
print(worker.pid, flush=True)
worker.ask({{"do": "hang"}}, 600)
"""


def test_a_worker_that_is_busy_ends_with_whoever_asked_it():
    with subprocess.Popen([sys.executable, "-c", DRIVER], stdout=subprocess.PIPE, text=True) as driver:
        pid = int(driver.stdout.readline())
        assert alive(pid)
        driver.kill()
    deadline = time.monotonic() + 20
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(pid)


def test_the_number_of_threads_is_ours_to_say():
    found = with_threads({"HOME": "/home", "OMP_NUM_THREADS": "64"}, 3)
    assert (found["HOME"], found["OMP_NUM_THREADS"], found["MKL_NUM_THREADS"]) == ("/home", "3", "3")
