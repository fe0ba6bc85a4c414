"""A small table by hand in every format."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import fields
from html.parser import HTMLParser
from typing import Any

import pytest

from effbench.claims.tables.html import as_html
from effbench.claims.tables.latex import as_latex, escaped
from effbench.claims.tables.table import Cell, Figure, PaperTable, Record, TableRow, as_text, cell_text, records


def a_figure(published: str, ours: str | None = None, verdict: str = "published only", **more: Any) -> Figure:
    """A figure; what is not given is empty."""
    texts = {"difference": None, **{name: value for name, value in more.items() if name not in ("unit", "relation")}}
    empty: dict[str, Any] = dict.fromkeys(f.name for f in fields(Record))
    given = {"unit": more.get("unit", "G"), "relation": more.get("relation")}
    return Figure(record=Record(**{**empty, "published": published, "verdict": verdict, **given}), ours=ours, **texts)


def a_table(*rows: tuple[str, Cell], **more: Any) -> PaperTable:
    """A table of one column; notes with characters that LaTeX and HTML read otherwise."""
    given: dict[str, Any] = {
        "key": "p.1",
        "title": "A & B, Table 1",
        "caption": "50% <less>",
        "labels": ("Size_px",),
        "columns": ("ViT^ds FLOPs",),
        "side": "",
        "units": False,
        "best": "column",
        "marks": {"a": "macs: a_b."},
        "notes": ("Found [off]: 12² ↓ #1.",),
        **more,
    }
    made = tuple(TableRow(labels=(label,), side=256, cells=(cell,)) for label, cell in rows)
    return PaperTable(rows=made, **given)


HOLDS = (a_figure("17.6", "17.58", "rounded", difference="-0.10 %", mark="a", best=True),)
CUT = (HOLDS[0], a_figure("63.35", "63.346", "follows", unit="%", relation="reduction", difference="0.00 points"))
SMALL = a_table(("256^2", HOLDS), ("none", ()), ("later", (a_figure("2,100"),)))


def test_the_lines_of_a_cell():
    assert cell_text(HOLDS, "published", units=True) == "17.6 G"
    assert cell_text(HOLDS, "ours", units=False) == "17.58"
    assert cell_text(HOLDS, "verdict", units=False) == "-0.10 %, rounded under [a]"


def test_a_reduction_stands_in_brackets_behind_its_figure():
    assert cell_text(CUT, "published", units=True) == "17.6 (63.35% ↓) G"
    assert cell_text(CUT, "verdict", units=True) == "-0.10 %, rounded under [a] (0.00 points, follows)"


def test_an_empty_cell_is_a_dash():
    assert {cell_text((), line, units=True) for line in ("published", "ours", "verdict")} == {"-"}


def test_lines_that_say_nothing_are_left_out():
    assert [row.lines() for row in SMALL.rows] == [["published", "ours", "verdict"], ["published"], ["published"]]


def test_a_verdict_without_ours_has_its_line():
    row = TableRow(labels=("x",), side=None, cells=((a_figure("80.81", verdict="implies 11%"),),))
    assert row.lines() == ["published", "verdict"]


def test_labels_stand_on_the_first_line_alone():
    text = as_text(SMALL, "table")
    assert text.count("256²") == 1
    assert "**" not in text


def test_the_best_is_bold_in_markdown():
    text = as_text(SMALL, "markdown")
    assert "**17.6**" in text
    assert "**17.58**" not in text
    assert "- Bold: the best of its column" in text


def test_the_image_side_stands_last():
    text = as_text(a_table(("x", HOLDS), side="Image size"), "markdown")
    assert [line.split("|")[-2].strip() for line in text.splitlines() if line.startswith("| x")] == ["256²"]


def test_records_are_the_figures_in_their_order():
    assert [record.published for record in records([SMALL, SMALL])] == ["17.6", "2,100"] * 2


def test_latex_escapes_what_it_would_read():
    assert escaped("50% a_b #1 & {x} [y]") == r"50\% a\_b \#1 \& \{x\} {[}y{]}"
    assert escaped("CI2P-ViT^ds at 256^2") == r"CI2P-ViT\textsuperscript{ds} at 256\textsuperscript{2}"
    assert escaped("a\\b~") == r"a\textbackslash{}b\textasciitilde{}"


def test_latex_aligns_digits_and_sets_the_best_in_bold():
    text = as_latex(SMALL)
    assert r"S[table-format=4.2]" in text  # 2100 has four digits before the point, 17.58 two after it
    assert r"256\textsuperscript{2} & published & \bfseries 17.6 \\" in text
    assert r" & ours & 17.58 \\" in text
    assert r"& {-} \\" in text
    assert r"later & published & 2100 \\" in text


def test_latex_sets_cells_with_two_figures_as_text():
    text = as_latex(a_table(("x", CUT), units=True))
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


def test_latex_is_balanced_and_every_row_has_as_many_cells_as_columns():
    text = as_latex(a_table(("256^2", CUT), ("none", ()), side="Image size", units=True))
    assert environments(text) == []
    assert unescaped(text).count("{") == unescaped(text).count("}")
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {unescaped(line).count("&") for line in rows} == {3}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed; syntax is checked above")
def test_latex_compiles(tmp_path):
    installed = subprocess.run(["kpsewhich", "siunitx.sty", "booktabs.sty"], capture_output=True, text=True)
    if len(installed.stdout.split()) < 2:
        pytest.skip("pdflatex is here without siunitx or booktabs; syntax is checked above")
    from effbench.claims.load import papers
    from effbench.claims.tables.build import build
    from effbench.claims.tables.layout import table

    made = [build(*table(key, papers())) for key in ("ci2p.2", "ravit.1")]
    tables = [SMALL, a_table(("x", CUT), units=True), *made]
    (tmp_path / "all.tex").write_text(WRAP % "\n".join(as_latex(table) for table in tables), encoding="utf-8")
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


def test_html_is_well_formed_escaped_and_without_script():
    text = as_html(SMALL)
    parser = Tags()
    parser.feed(text)
    assert parser.open == []
    assert "A & B, Table 1: 50% <less>" in parser.text
    assert "<less>" not in text
    assert "<script" not in text
    assert "style=" not in text


def test_html_bolds_the_best_and_raises_superscripts():
    text = as_html(SMALL)
    assert "<td><b>17.6</b></td>" in text
    assert "ViT<sup>ds</sup> FLOPs" in text
    assert '<th scope="rowgroup" rowspan="3">256<sup>2</sup></th>' in text
