"""Tables as LaTeX, Markdown, CSV and HTML write them; units of heads and cells."""

from __future__ import annotations

import pytest

from effbench.claims.lint.columns import columns, figure, side, side_in
from effbench.claims.lint.read import Table, tables
from effbench.errors import EffbenchError

LATEX = r"""
\begin{table*}[t]
\caption{Results at $224\times224$.}
\begin{tabular}{@{}l|cc@{}}
\toprule
\multicolumn{1}{l}{Model} & \#Params\,(M) & FLOPs \\ % a comment
\cmidrule(lr){2-3}
\textbf{Swin-T}~\cite{swin} & 28 & $4.5$\,G \\[2pt]
\rowcolor{gray} Ours & \textbf{27} & 4.4\,G \\
\bottomrule
\end{tabular}
\end{table*}
"""
MARKDOWN = """# Results

| Model | #Params (M) | FLOPs |
|:--|--:|--:|
| [Swin-T](x) | 28 | 4.5 G |
| `Ours` | **27** | 4.4 G |
"""
CSV = "Model,#Params (M),FLOPs\nSwin-T,28,4.5 G\nOurs,27,4.4 G\n"
HTML = """<table><caption>Results</caption><thead><tr><th>Model</th><th>#Params (M)</th><th>FLOPs</th></tr></thead>
<tr><td>Swin-T</td><td>28</td><td>4.5&nbsp;G</td></tr><tr><td><b>Ours</b></td><td>27</td><td>4.4 G</td></tr></table>"""


@pytest.mark.parametrize(("ending", "text"), [("tex", LATEX), ("md", MARKDOWN), ("csv", CSV), ("html", HTML)])
def test_every_format_gives_the_same_cells(tmp_path, ending, text):
    path = tmp_path / f"table.{ending}"
    path.write_text(text, encoding="utf-8")
    (found,) = tables(path)
    assert [[cell.replace(" ", "") for cell in row] for row in found.rows] == [
        ["Swin-T", "28", "4.5G"],
        ["Ours", "27", "4.4G"],
    ]
    assert [(one.role, one.scale) for one in columns(found)] == [("name", ""), ("params", "M"), ("cost", "")]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.txt", "x", "none of .tex, .csv, .md and .html"),
        ("a.md", "no table", "holds no table"),
        ("a.csv", "Model\nA\n", "holds no table"),
        ("a.tex", r"\begin{tabular}{ll}", "holds no table"),
        ("a.html", "<td>1</td></table>", "holds no table"),
        ("missing.md", None, "cannot read"),
    ],
)
def test_a_file_without_a_table_is_refused_in_a_line(tmp_path, name, text, said):
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(EffbenchError, match=said):
        tables(tmp_path / name)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\x81,\n")
    with pytest.raises(EffbenchError, match="no UTF-8"):
        tables(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("cell", "digits", "scale", "percent"),
    [
        ("28M", "28", "M", ""),
        ("1,100 M", "1100", "M", ""),
        ("9.4B", "9.4", "G", ""),
        ("8.477(63.35% ↓) G", "8.477", "G", "63.35"),
        ("-13 %", "13", "", ""),
        ("~4.5", "4.5", "", ""),
    ],
)
def test_figures_of_cells(cell, digits, scale, percent):
    found = figure(cell)
    assert (found.digits, found.scale, found.percent) == (digits, scale, percent)


@pytest.mark.parametrize("cell", ["", "-", "–", "n/a"])
def test_cells_without_a_figure(cell):
    assert figure(cell) is None


@pytest.mark.parametrize(
    ("head", "role", "scale"),
    [
        ("#Params (M)", "params", "M"),
        ("GFLOPs", "cost", "G"),
        ("MACs (G)", "cost", "G"),
        ("MAdds [M]", "cost", "M"),
        ("% GFLOPs", "derived", "G"),
        ("Δ MACs", "derived", ""),
        ("Speed-up", "derived", ""),
        ("Top-1 (%)", "accuracy", ""),
        ("img/s", "other", ""),
        ("Image size", "size", ""),
    ],
)
def test_roles_of_heads(head, role, scale):
    one = columns(Table("", ("Model", head), (("A", "1"),)))[1]
    assert (one.role, one.scale) == (role, scale)


def test_image_sides():
    assert (side("224^2"), side("384²"), side("224x224"), side("384x288")) == (224, 384, 224, None)
    assert (side_in("swin-base-384px"), side_in("ViT-B/16 ↑384"), side_in("at 224 pixels"), side_in("ResNet-101")) == (
        384,
        384,
        224,
        None,
    )
