"""A small table by hand in every format."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pytest

from effbench.claims.paper import Layout
from effbench.claims.tables.formats import in_format
from effbench.claims.tables.table import Cell, PaperTable, TableRow, cell_text, figures
from effbench.render.latex import escaped

LAYOUT = Layout(
    paper="p", key="p.1", where="Table 1", caption="50% <less>", labels=("Size_px",), columns=("ViT^ds FLOPs",)
)


@pytest.fixture
def a_table():
    """A table of one column; notes with characters that LaTeX and HTML read otherwise."""

    def make(*rows: tuple[str, Cell], **layout: Any) -> PaperTable:
        return PaperTable(
            layout=dataclasses.replace(LAYOUT, **layout),
            title="A & B, Table 1",
            marks={"a": "macs: a_b."},
            notes=("Found [off]: 12² ↓ #1.",),
            rows=tuple(TableRow(labels=(label,), side=256, cells=(cell,)) for label, cell in rows),
        )

    return make


@pytest.fixture
def holds(a_figure) -> Cell:
    """17.6 G, ours 17.5824 G, which is 0.1 % less."""
    return (a_figure("17.6", 17_582_400_000, "rounded", size=224, mark="a", best=True),)


@pytest.fixture
def cut(a_figure, holds) -> Cell:
    """The same with its reduction."""
    return (*holds, a_figure("63.35", Fraction("63.346"), "follows", unit="%", relation="reduction"))


@pytest.fixture
def small(a_table, a_figure, holds) -> PaperTable:
    return a_table(("256^2", holds), ("none", ()), ("later", (a_figure("2,100"),)))


def test_the_lines_of_a_cell(holds):
    assert cell_text(holds, "published", units=True) == "17.6 G"
    assert cell_text(holds, "ours", units=False) == "17.58"
    assert cell_text(holds, "verdict", units=False) == "-0.10 %, rounded under [a]"


def test_a_reduction_stands_in_brackets_behind_its_figure(cut):
    assert cell_text(cut, "published", units=True) == "17.6 (63.35% ↓) G"
    assert cell_text(cut, "verdict", units=True) == "-0.10 %, rounded under [a] (0.00 points, follows)"


def test_an_empty_cell_is_a_dash():
    assert {cell_text((), line, units=True) for line in ("published", "ours", "verdict")} == {"-"}


def test_lines_that_say_nothing_are_left_out(small):
    assert [row.lines() for row in small.rows] == [["published", "ours", "verdict"], ["published"], ["published"]]


def test_a_verdict_without_ours_has_its_line(a_figure):
    row = TableRow(labels=("x",), side=None, cells=((a_figure("80.81", words="implies 11%"),),))
    assert row.lines() == ["published", "verdict"]


def test_labels_stand_on_the_first_line_alone(small):
    text = in_format([small], "table")
    assert text.count("256²") == 1
    assert "**" not in text


def test_the_best_is_bold_in_markdown(small):
    text = in_format([small], "markdown")
    assert "**17.6**" in text
    assert "**17.58**" not in text
    assert "- Bold: the best of its column" in text


def test_the_image_side_stands_last(a_table, holds):
    text = in_format([a_table(("x", holds), side="Image size")], "markdown")
    assert [line.split("|")[-2].strip() for line in text.splitlines() if line.startswith("| x")] == ["256²"]


def test_figures_stand_in_the_order_of_the_papers(small):
    assert [figure.claim.printed for figure in figures([small, small])] == ["17.6", "2,100"] * 2


def test_latex_escapes_what_it_would_read():
    assert escaped("50% a_b #1 & {x} [y]", raised=True) == r"50\% a\_b \#1 \& \{x\} {[}y{]}"
    assert escaped("CI2P-ViT^ds at 256^2", raised=True) == r"CI2P-ViT\textsuperscript{ds} at 256\textsuperscript{2}"
    assert escaped("a\\b~") == r"a\textbackslash{}b\textasciitilde{}"


def test_latex_aligns_digits_and_sets_the_best_in_bold(small):
    text = in_format([small], "latex")
    assert r"S[table-format=4.2]" in text  # 2100 has four digits before the point, 17.58 two after it
    assert r"256\textsuperscript{2} & published & \bfseries 17.6 \\" in text
    assert r" & ours & 17.58 \\" in text
    assert r"& {-} \\" in text
    assert r"later & published & 2100 \\" in text


def test_latex_sets_cells_with_two_figures_as_text(a_table, cut):
    text = in_format([a_table(("x", cut), units=True)], "latex")
    assert r"\textbf{17.6 (63.35\% $\downarrow$) G}" in text
    assert "S[" not in text


WRAP = r"""\documentclass{article}
\usepackage[paperwidth=90cm,paperheight=60cm,margin=1cm]{geometry}
\usepackage{booktabs}
\usepackage{siunitx}
\begin{document}
%s
\end{document}
"""


def environments(text: str) -> list[str]:
    """Names of environments that are open at the end, or closed without having been opened."""
    open_ones: list[str] = []
    for what, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if what == "begin":
            open_ones.append(name)
        elif not open_ones or open_ones.pop() != name:
            return [name]
    return open_ones


def unescaped(text: str) -> str:
    return re.sub(r"\\[&%$#_{}]", "", text)


def test_latex_is_balanced_and_every_row_has_as_many_cells_as_columns(a_table, cut):
    text = in_format([a_table(("256^2", cut), ("none", ()), side="Image size", units=True)], "latex")
    assert environments(text) == []
    assert unescaped(text).count("{") == unescaped(text).count("}")
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {unescaped(line).count("&") for line in rows} == {3}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed; syntax is checked above")
def test_latex_compiles(tmp_path, a_table, cut, small):
    installed = subprocess.run(["kpsewhich", "siunitx.sty", "booktabs.sty"], capture_output=True, text=True)
    if len(installed.stdout.split()) < 2:
        pytest.skip("pdflatex is here without siunitx or booktabs; syntax is checked above")
    from effbench.claims.load import papers
    from effbench.claims.tables.build import build
    from effbench.claims.tables.layout import table

    made = [build(*table(key, papers())) for key in ("ci2p.2", "ravit.1")]
    tables = [small, a_table(("x", cut), units=True), *made]
    (tmp_path / "all.tex").write_text(WRAP % in_format(tables, "latex"), encoding="utf-8")
    ran = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert (tmp_path / "all.pdf").stat().st_size > 1000


class Tags(HTMLParser):
    """Elements that are open, and how many cells each row has, spanning ones counted in every row."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_well_formed_escaped_and_without_script(small):
    text = in_format([small], "html")
    parser = Tags()
    parser.feed(text)
    assert parser.open == []
    assert "A & B, Table 1: 50% <less>" in parser.text
    assert "<less>" not in text
    assert "<script" not in text
    assert "style=" not in text


def test_html_bolds_the_best_and_raises_superscripts(small):
    text = in_format([small], "html")
    assert "<td><b>17.6</b></td>" in text
    assert "ViT<sup>ds</sup> FLOPs" in text
    assert '<th scope="rowgroup" rowspan="3">256<sup>2</sup></th>' in text


def test_a_side_is_no_name_of_its_row(a_table, holds):
    text = in_format([a_table(("a", holds), side="Image size")], "html")
    assert re.search(r"<td[^>]*>256²</td>", text)
