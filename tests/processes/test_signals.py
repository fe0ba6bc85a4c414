"""SIGTERM and SIGHUP end a command in order, as Ctrl-C does. Signals are sent to a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from effbench.cli import main
from effbench.processes.signals import orderly, undisturbed

COMMAND = """
import os, sys, time
from effbench import cli

def waits(argv):
    try:
        print("ready", flush=True)
        time.sleep(600)
    finally:
        os.kill(os.getpid(), {again})
        time.sleep(0)
        print("in order", flush=True)

def swallows(argv):
    try:
        waits(argv)
    except KeyboardInterrupt:
        print("what there is", flush=True)
        return cli.INTERRUPTED

def fork(argv):
    child = os.fork()
    if child:
        return 0 if os.waitpid(child, 0)[1] == {again} else 1
    try:
        os.kill(os.getpid(), {again})
        time.sleep(600)
    finally:
        print("not the child's to do", flush=True)

cli._dispatch = {what}
sys.exit(cli.main([]))
"""


def command(what: str, again: int = signal.SIGTERM) -> subprocess.Popen[str]:
    """The command line with that command; ``again`` is sent to it while it puts things in order."""
    script = COMMAND.format(what=what, again=int(again))
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(("what", "said"), [("waits", "in order\n"), ("swallows", "in order\nwhat there is\n")])
def test_a_command_that_is_asked_to_end_puts_things_in_order_undisturbed(what, said, sent):
    process = command(what, signal.SIGHUP)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(sent)
    assert process.communicate(timeout=60) == (said, f"effbench: ended by {sent.name}\n")
    assert process.returncode == 128 + sent


def test_a_terminal_that_was_closed_takes_no_words():
    with command("waits") as process:
        assert process.stdout.readline() == "ready\n"
        process.stderr.close()
        process.send_signal(signal.SIGHUP)
        assert process.stdout.read() == "in order\n"
    assert process.returncode == 129


def test_a_fork_has_nothing_to_put_in_order():
    process = command("fork")
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


@pytest.mark.parametrize("theirs", [signal.SIG_IGN, lambda *_: None], ids=["ignored, as by nohup", "handled"])
def test_a_signal_that_is_ignored_or_handled_stays_so(theirs):
    former = signal.signal(signal.SIGHUP, theirs)
    try:
        with orderly():
            assert signal.getsignal(signal.SIGHUP) is theirs
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGHUP) is theirs
    finally:
        signal.signal(signal.SIGHUP, former)


def test_afterwards_signals_are_as_they_were(capsys):
    assert main(["--version"]) == 0
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_what_is_just_being_made_is_undone_before_an_interrupt_has_its_effect():
    done = []

    def make():
        signal.raise_signal(signal.SIGINT)
        done.append("made")
        return "it"

    with pytest.raises(KeyboardInterrupt):
        undisturbed(make, lambda made: done.append(f"undid {made}"))
    assert done == ["made", "undid it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_an_interrupt_what_was_made_is_kept():
    assert undisturbed(lambda: "it", pytest.fail) == "it"


def test_a_command_may_run_in_any_thread():
    entered = []

    def run():
        with orderly() as asked:
            entered.append(asked.code)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert entered == [0]
