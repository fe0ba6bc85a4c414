"""What is painted, and how wide a status may be."""

from __future__ import annotations

import io
import sys

import pytest

from effbench.files import terminal
from effbench.files.terminal import BOLD, DIM, GREEN, paint, painted


def test_heads_of_any_height_are_bold_and_rules_pale():
    text = painted("title\n\nmodel\nof it\n-----\nPASS")
    lines = [paint("model", BOLD), paint("of it", BOLD), paint("-----", DIM), paint("PASS", GREEN)]
    assert text.split("\n") == ["title", "", *lines]


@pytest.mark.parametrize(("width", "most"), [(20, 19), (None, 79)])
def test_a_status_never_wraps(monkeypatch, width, most):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(terminal, "width_of", lambda stream: width)
    terminal.status("x" * 100)
    assert sys.stderr.getvalue() == "\r\033[K" + "x" * most
    terminal.wipe()
