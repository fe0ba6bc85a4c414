"""Tables that fit: nothing is wider than asked for, and nothing goes without a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.files.terminal import Manner, speaking
from effbench.render.fit import LEAST, Lane, fitted, wrapped
from effbench.render.table import column, render

ROWS = [
    {
        "model": f"network_{i}",
        "cost": f"{i}7.564 G MACs",
        "interval": f"{i} to 9 ms",
        "by": f"us {i}",
        "on": "meta",
    }
    for i in range(3)
]
COLUMNS = [column(name, name) for name in ROWS[0]]


def shown(width: int | None, rows=ROWS, columns=COLUMNS, **more) -> str:
    with speaking(Manner(width=width)):
        return render(rows, columns, "table", **more)


def test_what_fits_is_as_it_was():
    assert shown(200) == shown(None)


def test_columns_go_in_their_order_and_are_named():
    text = shown(40)
    assert "In every row: on meta." in text
    assert "Left out to fit 40 characters: by (--wide shows all)." in " ".join(text.split())
    assert "27.564 G MACs" in text
    assert "2 to 9 ms" in text


def test_values_and_intervals_go_on_below_with_their_model():
    text = shown(24)
    assert max(map(len, text.splitlines()[:12])) <= 26
    assert text.count("network_2") == 2
    assert "2 to 9 ms" in text


def test_no_value_unit_interval_or_count_of_what_is_uncounted_is_ever_left_out():
    assert not {"value", "cost", "MACs", "unit", "95 %", "90 % interval", "interval", "uncounted", "convention"} & {
        *LEAST
    }


def test_what_tells_rows_apart_is_repeated():
    rows = [{"size": "224²", "model": f"m{i}", "a": "x" * 20, "b": "y" * 20 + str(i)} for i in range(2)]
    text = shown(42, rows, [column(name, name) for name in ("size", "model", "a", "b")])
    assert text.count("m1") == text.count("224²") // 2 == len([line for line in text.splitlines() if "m1" in line])


@pytest.mark.parametrize("width", range(12, 40))
def test_a_number_and_its_unit_stay_on_one_line(width):
    note = "15.447 G for 14.492 G, 72.13 for 73.86 %, in 12 ms and 30.5 MiB, not 3 apples"
    shown = wrapped(note, width)
    assert " ".join(shown.split()) == note
    ends = [line.rstrip(",").split()[-1] for line in shown.split("\n")[:-1]]
    assert not {"15.447", "14.492", "73.86", "12", "30.5"} & set(ends)


def test_notes_are_wrapped_and_keep_every_word():
    note = "macs [MAC]: " + "multiply-accumulates of layers " * 9
    text = shown(40, notes=[note])
    assert max(map(len, text.split("\n\n")[-1].splitlines())) <= 40
    assert text.split()[-len(note.split()) :] == note.split()
    assert wrapped(note, None) == note


WORD = st.text("ab cd", max_size=30)


@given(
    st.integers(1, 6).flatmap(lambda n: st.lists(st.tuples(*[WORD] * n), min_size=1, max_size=4)), st.integers(20, 90)
)
def test_every_cell_is_somewhere(rows, width):
    lanes = [Lane(f"head {i}", bool(i % 2), tuple(row[i] for row in rows)) for i in range(len(rows[0]))]
    blocks, notes = fitted(lanes, width)
    said = " ".join(" ".join(lane.cells) for block in blocks for lane in block) + " " + " ".join(notes)
    assert {word for row in rows for cell in row for word in cell.split()} <= {w.strip(".,") for w in said.split()}


@pytest.mark.parametrize("width", [1, 10, 30])
def test_any_width_has_a_table(width):
    assert "network_0" in shown(width)
