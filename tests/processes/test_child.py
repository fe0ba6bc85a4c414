"""Programs that end with the process that started them, and take along what they started themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.processes import child
from effbench.processes.child import PIPE, Child

FAMILY = """
import subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(inner.pid, flush=True)
time.sleep(600)
"""
"""A program that starts one of its own and says its number."""

PARENT = f"""
import signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite run in the background has none
from effbench.processes.child import PIPE, Child

def start():
    global one
    one = Child([sys.executable, "-c", {FAMILY!r}], stdout=PIPE)
    print(one.pid, int(one.stdout.readline()), flush=True)

thread = threading.Thread(target=start)  # which ends: what it started must not
thread.start()
thread.join()
if sys.stdin.readline() == "end\\n":
    sys.exit()
time.sleep(600)
"""

FORKS = f"""
import os, sys, time
from effbench.processes.child import PIPE, Child

one = Child([sys.executable, "-c", {FAMILY!r}], stdout=PIPE)
inner = int(one.stdout.readline())
copy = os.fork()
if copy == 0:
    os.close(1)
    time.sleep(600)
print(copy, one.pid, inner, flush=True)
os.kill(os.getpid(), 9)
"""


def alive(pid: int) -> bool:
    """Whether the process runs; one that nobody has waited for does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def gone(*pids: int) -> bool:
    """Whether they are, within a few seconds."""
    deadline = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not any(map(alive, pids))


def family() -> tuple[Child, int]:
    """A child, and the number of the process it started."""
    started = Child([sys.executable, "-c", FAMILY], stdout=PIPE)
    return started, int(started.stdout.readline())


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, None])
def test_children_and_theirs_end_with_their_parent(end):
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        pids = list(map(int, parent.stdout.readline().split()))
        assert len(pids) == 2
        assert all(map(alive, pids))  # though the thread that started them has ended
        if end is None:
            parent.stdin.write("end\n")
        else:
            parent.send_signal(end)
    assert gone(*pids)


def test_killing_a_child_kills_what_it_started():
    started, inner = family()
    assert started.poll() is None
    started.kill()
    assert gone(started.pid, inner)
    assert (started.poll(), started.wait()) == (-signal.SIGKILL, -signal.SIGKILL)
    started.kill()  # a second time does nothing
    started.stdout.close()


@pytest.mark.parametrize(
    "look", [Child.wait, lambda one: next(code for code in iter(one.poll, "") if code is not None)]
)
def test_a_child_that_ends_leaves_nothing_behind(look):
    started, inner = family()
    os.kill(started.pid, signal.SIGTERM)
    assert look(started) == -signal.SIGTERM
    assert gone(inner)
    started.stdout.close()


def test_the_keeper_is_replaced_if_somebody_kills_it():
    first, inner = family()
    keeper = child._keeper._process
    keeper.kill()
    keeper.wait()
    second, other = family()
    assert child._keeper._process is not keeper
    child._keeper.close()  # what happens when this process ends
    assert gone(inner, other)
    assert {first.wait(), second.wait()} == {-signal.SIGKILL}
    for one in (first, second):
        one.stdout.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_a_copy_of_the_process_keeps_nothing_alive():
    """It must not hold the pipe by which the keeper sees that we are gone."""
    with subprocess.Popen([sys.executable, "-c", FORKS], stdout=PIPE, text=True) as parent:
        copy, *pids = map(int, parent.stdout.readline().split())
    assert gone(*pids)
    assert alive(copy)
    os.kill(copy, signal.SIGKILL)


def test_an_interrupt_while_a_child_is_started_ends_it(monkeypatch):
    """Its starter gets no ``Child`` that it could end."""
    keep, pids = child._keeper.keep, []

    def interrupted(pid):
        keep(pid)
        pids.append(pid)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(child._keeper, "keep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Child([sys.executable, "-c", FAMILY])
    assert not alive(pids[0])


def test_a_program_s_end_and_what_it_said():
    echo = "import sys; print(sys.stdin.read().upper()); print('no', file=sys.stderr); sys.exit(3)"
    assert child.run([sys.executable, "-c", echo], "yes") == (3, "YES\n", "no\n")


def test_a_program_that_is_not_there_is_one_line():
    with pytest.raises(EffbenchError, match="cannot start /no/such/program: No such file"):
        Child(["/no/such/program"])


def test_many_threads_may_start_and_end_children():
    """None is forgotten, none is kept too long."""

    def use() -> None:
        Child([sys.executable, "-S", "-c", ""]).wait()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert child._keeper._groups == set()


def test_the_keeper_is_there_before_the_first_child(monkeypatch):
    """Killed while the keeper started, we left a child that nobody knew of."""
    child._keeper.close()
    started, popen = [], subprocess.Popen

    def told(command, **given):
        started.append(command)
        return popen(command, **given)

    monkeypatch.setattr(subprocess, "Popen", told)
    with pytest.raises(EffbenchError, match="cannot start"):
        Child(["/no/such/program"])
    assert child.KEEPER in started[0]
    assert started[1:] == [["/no/such/program"]]
