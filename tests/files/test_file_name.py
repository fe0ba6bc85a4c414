"""A name stays in the folder that is meant, or is refused in a line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.errors import EffbenchError
from effbench.files.file_name import LONGEST, SHOWN, inside, require_file_name


@pytest.mark.parametrize("name", ["ravit_digits", "my run 2", ".hidden", "a..b", "größe", "-x", "v1.2", "n" * LONGEST])
def test_plain_names_are_taken_as_they_are(name):
    assert require_file_name(name, "recipe") == name
    assert inside(Path("runs"), name) == Path("runs") / name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../../x", "separator"),
        ("/etc/x", "separator"),
        ("a/b", "separator"),
        ("a\\b", "separator"),
        ("..", "another folder"),
        (".", "another folder"),
        ("", "empty"),
        (" \t", "empty"),
        ("a\nb", "control character"),
        ("a\x00b", "control character"),
        ("\x1b[2J", "control character"),
        ("\u202eabc", "control character"),
        ("\udc80", "control character"),  # a byte that is no text
        ("C:x", "drive"),
        ("n" * (LONGEST + 1), "more than 200 bytes"),
        ("ü" * (LONGEST // 2 + 1), "more than 200 bytes"),
    ],
)
def test_others_are_refused_in_one_line(name, why):
    with pytest.raises(EffbenchError, match=why) as refused:
        require_file_name(name, "recipe")
    assert len(str(refused.value)) < 300
    assert str(refused.value).isprintable()


@given(st.text())
def test_no_name_leads_out_of_the_folder(name):
    try:
        path = inside(Path("/runs"), name)
    except EffbenchError:
        return
    assert path.parent == Path("/runs")
    assert path.name == name


def test_a_wrong_name_is_repeated_up_to_a_length():
    for length, shown in ((SHOWN, "x" * SHOWN), (SHOWN + 1, "x" * SHOWN + "…")):
        with pytest.raises(EffbenchError, match=f"'/{shown[1:]}' cannot be used"):
            require_file_name("/" + "x" * (length - 1), "name")
