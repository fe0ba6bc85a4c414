"""Tables: golden texts in every format; machines get every key, unscaled."""

from __future__ import annotations

import csv
import io
import json

import pytest

from effbench.render.formats import FORMATS
from effbench.render.numbers import scaled
from effbench.render.sheet import Cell
from effbench.render.table import Column, column, render

ROWS = [
    {"model": "ci2p_vit", "value": 8_476_811_264, "paper": "8.477 G"},
    {"model": "vit_base_patch16_gap", "value": 23_126_802_432, "paper": None},
]
COLUMNS = [
    column("model", "model"),
    column("ours", "value", scaled, right=True),
    column("paper", "paper", right=True),
]

TABLE = """\
Costs

model                     ours    paper
--------------------  --------  -------
ci2p_vit               8.477 G  8.477 G
vit_base_patch16_gap  23.127 G        -

one note
another
"""

MARKDOWN = """\
**Costs**

| model                |     ours |   paper |
|:---------------------|---------:|--------:|
| ci2p_vit             |  8.477 G | 8.477 G |
| vit_base_patch16_gap | 23.127 G |       - |

- one note
- another
"""

LATEX = r"""% Costs
% one note
% another
\begin{tabular}{lrr}
\toprule
model & ours & paper \\
\midrule
ci2p\_vit & 8.477 G & 8.477 G \\
vit\_base\_patch16\_gap & 23.127 G & - \\
\bottomrule
\end{tabular}
"""

HTML = """\
<figure>
<table>
<caption>Costs</caption>
<thead><tr><th scope="col">model</th><th scope="col">ours</th><th scope="col">paper</th></tr></thead>
<tbody>
<tr><td>ci2p_vit</td><td>8.477 G</td><td>8.477 G</td></tr>
<tr><td>vit_base_patch16_gap</td><td>23.127 G</td><td>-</td></tr>
</tbody>
</table>
<figcaption><ul>
<li>one note</li>
<li>another</li>
</ul></figcaption>
</figure>
"""

CSV = """\
model,value,paper
ci2p_vit,8476811264,8.477 G
vit_base_patch16_gap,23126802432,
"""

JSON = """\
[
  {
    "model": "ci2p_vit",
    "value": 8476811264,
    "paper": "8.477 G"
  },
  {
    "model": "vit_base_patch16_gap",
    "value": 23126802432,
    "paper": null
  }
]
"""

JSONL = """\
{"model": "ci2p_vit", "value": 8476811264, "paper": "8.477 G"}
{"model": "vit_base_patch16_gap", "value": 23126802432, "paper": null}
"""

GOLDEN = {"table": TABLE, "markdown": MARKDOWN, "latex": LATEX, "html": HTML, "csv": CSV, "json": JSON, "jsonl": JSONL}


@pytest.mark.parametrize("style", FORMATS)
def test_golden(style):
    assert render(ROWS, COLUMNS, style, title="Costs", notes=["one note", "another"]) == GOLDEN[style]


@pytest.mark.parametrize("style", FORMATS)
def test_every_format_ends_in_one_newline(style):
    text = render(ROWS, COLUMNS, style)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_json_parses_back_to_the_rows():
    assert json.loads(render(ROWS, COLUMNS, "json")) == ROWS


def test_csv_parses_back_to_the_rows_as_text():
    found = list(csv.DictReader(io.StringIO(render(ROWS, COLUMNS, "csv"))))
    assert found == [{key: "" if value is None else str(value) for key, value in row.items()} for row in ROWS]


def test_csv_has_every_key_of_every_row():
    rows = [{"a": 1}, {"b": 2}, {"a": 3, "c": 4}]
    assert render(rows, [], "csv") == "a,b,c\n1,,\n,2,\n3,,4\n"


def test_csv_keeps_commas_and_line_breaks_in_their_cell():
    rows = [{"detail": "one, two\nthree", "quote": 'a "b"'}]
    assert list(csv.DictReader(io.StringIO(render(rows, [], "csv"), newline=""))) == rows


def test_json_keeps_characters_as_they_are():
    assert "256²" in render([{"size": "256²"}], [], "json")


def test_digits_that_people_chose_stay():
    # tabulate would read 12.00 as a number and print 12.
    assert "12.00" in render([{"x": "12.00"}], [column("x", "x")], "table")


@pytest.mark.parametrize("row", [{}, {"x": None}])
def test_a_missing_value_is_a_dash(row):
    assert column("x", "x").show(row) == "-"


def test_zero_is_not_missing():
    assert column("x", "x").show({"x": 0}) == "0"


def test_a_column_can_be_made_of_several_keys():
    both = Column("share", lambda row: f"{row['a']} of {row['b']}")
    assert "3 of 4" in render([{"a": 3, "b": 4}], [both], "table")


@pytest.mark.parametrize("style", ["table", "markdown", "latex", "html"])
def test_a_table_without_rows_has_its_head(style):
    assert "model" in render([], COLUMNS, style)


@pytest.mark.parametrize(("style", "text"), [("json", "[]\n"), ("csv", "\n")])
def test_no_rows_are_no_rows(style, text):
    assert render([], COLUMNS, style) == text


def test_a_note_of_several_lines_stays_a_latex_comment():
    text = render(ROWS, COLUMNS, "latex", notes=["one\ntwo"])
    assert text.startswith("% one\n% two\n\\begin{tabular}")


HOSTILE = [{"x": "a|b<script>*[c](http://d) `e`\\"}]
SHOWN = [column("x", "x")]


def test_markdown_shows_what_would_be_markup():
    line = render(HOSTILE, SHOWN, "markdown", title="[c](d)", notes=["[c](d) <b>"])
    assert r"a\|b&lt;script>\*[c]\(http://d) \`e\`\\" in line
    assert line.startswith(r"**[c]\(d)**")
    assert line.endswith("[c]\\(d) &lt;b>\n")


@pytest.mark.parametrize(("text", "cell"), [("a|b", r"`a\|b`"), ("a`b", "``a`b``"), ("[1, 2]", "`[1, 2]`")])
def test_code_in_markdown_is_one_piece_of_code(text, cell):
    assert f"| {cell} " in render(HOSTILE, [Column("x", lambda row: Cell(text, code=True))], "markdown")


def test_latex_prints_every_special_character():
    text = render([{"x": "a_b & 50 % \\input{c} #1 $x$ ~ ^\n\n\\end{tabular}"}], SHOWN, "latex")
    assert r"a\_b \& 50 \% \textbackslash{}input\{c\} \#1 \$x\$ \textasciitilde{} \textasciicircum{} " in text
    assert r" \textbackslash{}end\{tabular\} \\" in text
