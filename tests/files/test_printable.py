"""Control characters are shown and never obeyed; JSON reads them back."""

from __future__ import annotations

import json

import pytest

from effbench.files.atomic import emit
from effbench.files.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("256² a\u00a0b é 漢", "256² a\u00a0b é 漢"),
        ("a\nb\tc", "a\nb\tc"),
        ("\x1b[31mred\x1b[0m", r"\u001b[31mred\u001b[0m"),
        ("\x9b2J", r"\u009b2J"),
        ("a\rb\x07\x7f", r"a\rb\u0007\u007f"),
        ("right to left \u202e", r"right to left \u202e"),
        ("\U000e0041", r"\udb40\udc41"),
    ],
)
def test_what_cannot_be_seen_is_an_escape(text, shown):
    assert printable(text) == shown


def test_nothing_may_be_kept():
    assert printable("a\nb", keep="") == r"a\nb"


def test_json_reads_the_same_value_back():
    name = "\x1b[2J\x9b\x7f\u2028\U000e0041²"
    assert json.loads(printable(json.dumps({"name": name}, ensure_ascii=False))) == {"name": name}


@pytest.mark.parametrize("to_file", [False, True])
def test_no_output_commands_the_terminal(tmp_path, capsys, to_file):
    path = tmp_path / "a.txt" if to_file else None
    emit("model \x1b]0;title\x07\n", path)
    assert (capsys.readouterr().out if path is None else path.read_text()) == "model \\u001b]0;title\\u0007\n"
