"""The progress of a training, on a terminal and elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from effbench.cli.training_bar import TrainingBar, line, span
from effbench.training.loop.progress import Progress

NOW = Progress(epoch=3, epochs=40, step=25, steps=100, loss=0.12345, images_per_s=900.4, remaining=75.0)
SHOWN = "[#####...............] seed 7, epoch 3 of 40, loss 0.1235, 900 images/s, 1 min 15 s left"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_line_says_it_all():
    assert line(7, NOW) == SHOWN.replace("0.1235", f"{0.12345:.4f}")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (7620, "2 h 07 min")],
)
def test_time_for_people(seconds, said):
    assert span(seconds) == said


def test_on_a_terminal_the_line_is_replaced_and_gone_in_the_end(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with TrainingBar() as bar:
        bar(7, NOW)
    assert stream.getvalue() == f"\r\033[K{line(7, NOW)}\r\033[K"


def test_elsewhere_nothing_is_shown(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with TrainingBar() as bar:
        bar(7, NOW)
    assert stream.getvalue() == ""
