"""The progress line: on a terminal alone, and gone in the end."""

from __future__ import annotations

import io
import sys

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
