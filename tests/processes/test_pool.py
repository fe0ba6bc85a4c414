"""Work shared out to scripted workers."""

from __future__ import annotations

import threading

import pytest

from effbench.errors import EffbenchError
from effbench.processes.pool import shared_out
from effbench.processes.process import WorkerFailed


class Scripted:
    """Answers with its own number; ``events`` says what happened to all of them."""

    events: list[str]

    def __init__(self):
        self.number = sum(event.startswith("open") for event in self.events)
        self.events.append(f"open {self.number}")

    def close(self):
        self.events.append(f"close {self.number}")


@pytest.fixture
def scripted():
    """A class of workers with a script of its own."""
    return type("Fresh", (Scripted,), {"events": []})


def ask(worker, item):
    worker.events.append(item)
    if item in ("model", "killed"):
        raise WorkerFailed(item, "no")
    return f"{item} by {worker.number}"


def test_one_worker_takes_one_item_after_the_other_and_another_takes_the_place_of_a_lost_one(scripted):
    told = []
    batches = [["a", "model"], ["killed", "b"]]
    found = shared_out(batches, scripted, ask, processes=1, tell=lambda left, item: told.append((left, item)))
    answers = {item: str(answer) for item, answer in found}
    assert answers == {"a": "a by 0", "model": "no", "killed": "no", "b": "b by 1"}
    assert scripted.events == ["open 0", "a", "model", "killed", "close 0", "open 1", "b", "close 1"]
    assert told == [(4, "a"), (3, "model"), (2, "killed"), (1, "b")]


def test_several_share_the_work_and_all_are_closed(scripted):
    both = threading.Barrier(2)  # neither goes on before the other has begun

    def meet(worker, item):
        both.wait(20)
        return ask(worker, item)

    items = [[str(number)] for number in range(10)]
    found = dict(shared_out(items, scripted, meet, processes=2))
    assert sorted(found) == sorted(item for (item,) in items)
    assert sorted(event for event in scripted.events if "e" in event) == ["close 0", "close 1", "open 0", "open 1"]


def test_nothing_to_do_opens_no_worker(scripted):
    assert list(shared_out([], scripted, ask, processes=3)) == []
    assert scripted.events == []


def test_an_interrupt_begins_nothing_new(scripted):
    going = threading.Event()

    def wait(worker, item):
        if item == "b":
            going.wait(20)
        return ask(worker, item)

    found = shared_out([["a", "b", "c"], ["d"]], scripted, wait, processes=1)
    next(found)
    threading.Timer(0.1, going.set).start()
    found.close()  # what an interrupt does to it
    assert scripted.events == ["open 0", "a", "b", "close 0"]


def test_a_worker_that_cannot_be_opened_stops_all():
    def start():
        raise EffbenchError("cannot start it")

    with pytest.raises(EffbenchError, match="cannot start it"):
        list(shared_out([["a"], ["b"]], start, ask, processes=1))
