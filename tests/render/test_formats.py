"""Text of a table never becomes markup or a formula; names of formats are unique."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser

import pytest

from effbench.render.formats import FORMATS, is_exact, register
from effbench.render.sheet import Cell
from effbench.render.table import Column, column, render

HOSTILE = "a|b <img src=x onerror=1> `c` *d* & \\e"


def test_a_name_stands_for_one_format():
    with pytest.raises(ValueError, match="a format csv already"):
        register(FORMATS["csv"])


def test_what_is_exact():
    assert [name for name in FORMATS if is_exact(name)] == ["json", "jsonl", "csv"]


def cell_of(style: str, *cells: Cell | str) -> str:
    """A table of one row."""
    return render([cells], [Column(f"c{i}", lambda row, i=i: row[i]) for i in range(len(cells))], style)


def test_markdown_cells_are_text():
    line = cell_of("markdown", HOSTILE).splitlines()[-1]
    assert line == r"| a\|b &lt;img src=x onerror=1> \`c\` \*d\* & \\e |"


def test_markdown_sets_what_is_bold_and_code():
    line = cell_of("markdown", Cell("x*", bold=True), Cell("a | b\\", code=True)).splitlines()[-1]
    assert line == r"| **x\*** | `a \| b\` |"


def test_html_is_text_and_balanced():
    text = cell_of("html", HOSTILE, Cell("b", bold=True, code=True))
    seen: list[str] = []
    parser = HTMLParser()
    parser.handle_data = seen.append
    parser.handle_starttag = lambda tag, attributes: seen.append(f"<{tag}>")
    parser.feed(text)
    assert HOSTILE in seen
    assert "<img>" not in seen
    assert "<code><b>b</b></code>" in text


def test_latex_is_text():
    assert cell_of("latex", r"50% \a_b ~").splitlines()[-3] == r"50\% \textbackslash{}a\_b \textasciitilde{} \\"
    assert r"\textbf{\texttt{b}}" in cell_of("latex", Cell("b", bold=True, code=True))


@pytest.mark.parametrize("text", ["=1+1", "+5 x 945", "-cmd", "@SUM(A1)", "\t=1"])
def test_no_text_of_a_csv_file_is_a_formula(text):
    rows = list(csv.DictReader(io.StringIO(render([{"name": text}], [], "csv"), newline="")))
    assert rows == [{"name": f"'{text}"}]


@pytest.mark.parametrize("value", [-1, -0.5, "-1.5", "+3", "-1e-9", "a=b", "", "-inf", "-"])
def test_numbers_and_dashes_are_never_touched(value):
    rows = list(csv.DictReader(io.StringIO(render([{"x": value}], [column("x", "x")], "csv"))))
    assert rows == [{"x": str(value)}]
