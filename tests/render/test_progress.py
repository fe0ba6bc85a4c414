"""The progress line: on a terminal alone, and gone in the end."""

from __future__ import annotations

import io
import sys

from effbench.files.atomic import emit
from effbench.files.terminal import Manner, speaking
from effbench.render.progress import Progress


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self):
        return True


def on_a_terminal(monkeypatch):
    """Set in the test itself: pytest has its own standard error between fixtures and tests."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    return sys.stderr


def test_what_is_done_and_what_is_next(monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    with Progress() as told:
        told(4, "a")
        told(3, "b")
        told(2, "c")
    shown = terminal.getvalue().split("\r\033[K")[1:]
    assert shown == [
        "[....................] 1 of 4: a",
        "[#####...............] 2 of 4: b",
        "[##########..........] 3 of 4: c",
        "",
    ]


def test_a_share_is_shown_with_what_there_is_to_say(monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    with Progress() as told:
        told.show(0.25, "a quarter")
    assert terminal.getvalue() == "\r\033[K[#####...............] a quarter\r\033[K"


def test_the_total_grows_with_what_was_not_known(monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    with Progress() as told:
        told(1, "a")
        told(2, "b")
    assert "2 of 3: b" in terminal.getvalue()


def test_nothing_is_shown_elsewhere(capsys):
    with Progress() as told:
        told(1, "a")
    assert capsys.readouterr().err == ""


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self):
        return self.now


def test_a_terminal_has_the_rate_and_the_time_left(monkeypatch):
    terminal, clock = on_a_terminal(monkeypatch), Clock()
    with Progress(clock=clock) as told:
        told(4, "a")
        clock.now = 10.0
        told(3, "b")
    assert "[#####...............] 2 of 4: b, 10 s each, 30 s left" in terminal.getvalue()


def test_elsewhere_a_line_every_ten_seconds(monkeypatch, capsys):
    monkeypatch.setattr("effbench.render.progress.EVERY", 10.0)
    clock = Clock()
    with Progress("effbench count", clock=clock), Progress(clock=clock) as told:
        for second in range(25):
            clock.now = float(second)
            told(25 - second, f"m{second}")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "effbench: 11 of 25: m10, 1.0 a second, 15 s left",
        "effbench: 21 of 25: m20, 1.0 a second, 5 s left",
    ]


def test_a_command_without_steps_says_that_it_works(monkeypatch):
    on_a_terminal(monkeypatch)
    clock = Clock()
    bar = Progress("effbench count", clock=clock)
    assert bar.line() == ""
    clock.now = 12.0
    assert bar.line() == "effbench count, 12 s so far"


def test_a_quiet_command_has_none(monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    with speaking(Manner(quiet=True)), Progress() as told:
        told(2, "a")
    assert terminal.getvalue() == ""


def test_output_takes_the_line_away(monkeypatch, capsys):
    terminal = on_a_terminal(monkeypatch)
    with Progress() as told:
        told(2, "a")
        emit("result\n", None)
        assert terminal.getvalue().endswith("\r\033[K")
