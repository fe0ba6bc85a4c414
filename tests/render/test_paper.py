"""LaTeX tables as papers print them; they compile where there is a LaTeX."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from effbench.render.choice import Choice, choosing
from effbench.render.table import Quantity, of, render

ROWS = [
    {"model": "vit_a&b", "macs": 17_564_000_000, "params": 86_570_000, "s": 0.0123, "convention": "macs"},
    {"model": "ci2p_vit", "macs": 360_000_000, "params": 86_570_000, "s": 0.0017, "convention": "macs"},
    {"model": "no_time", "macs": 4_000_000_000, "params": 5_000_000, "s": None, "convention": "macs"},
]
COLUMNS = [
    of("model", lambda row: row["model"]),
    of("convention", lambda row: row["convention"]),
    of("cost", lambda row: row["macs"], quantity=Quantity(lambda row: row["macs"], "MAC")),
    of("params", lambda row: row["params"], quantity=Quantity(lambda row: row["params"], best="most")),
    of("time", lambda row: row["s"], quantity=Quantity(lambda row: row["s"], "s")),
]
NOTE = "macs [MAC]: multiply-accumulates & nothing else."


def table(**chosen) -> str:
    with choosing(Choice(**chosen)):
        return render(ROWS, COLUMNS, "latex", notes=[NOTE])


def test_units_are_in_the_heads_and_numbers_bare():
    text = table()
    assert "{cost (GMACs)} & {params (M)} & {time (ms)}" in text
    assert r"ci2p\_vit & \bfseries 0.360 & \bfseries 86.57 & \bfseries 1.70 \\" in text
    assert "S[table-format=2.3]" in text


def test_a_missing_number_is_in_braces():
    assert r"& {-} \\" in table()


def test_what_every_row_says_is_a_note_and_no_column():
    text = table()
    assert "In every row: convention macs." in text
    assert not re.search("^model & convention", text, re.MULTILINE)


def test_a_caption_makes_an_environment_with_the_convention_below():
    text = table(caption="Cost & time", label="tab:x")
    assert r"\caption{Cost \& time}" in text
    assert r"\label{tab:x}" in text
    assert r"macs {[}MAC{]}: multiply-accumulates \& nothing else.\par" in text
    assert "Bold: the best of its column." in text


def test_sizes_are_not_compared_with_one_another():
    rows = [{"size": size, "macs": macs} for size, macs in (("224²", 1000), ("224²", 2000), ("384²", 500))]
    columns = [
        of("size", lambda row: row["size"]),
        of("macs", lambda row: row["macs"], quantity=Quantity(lambda row: row["macs"])),
    ]
    assert render(rows, columns, "latex").count(r"\bfseries") == 1


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX")
@pytest.mark.parametrize(
    "chosen", [{}, {"caption": "Cost & time", "label": "tab:x", "names": {"ci2p_vit": "CI2P-ViT (ours)"}}]
)
def test_it_compiles(tmp_path, chosen):
    head = "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{textcomp,booktabs,siunitx}\\begin{document}\n"
    (tmp_path / "t.tex").write_text(f"{head}{table(**chosen)}\n\\end{{document}}\n", encoding="utf-8")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "t.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert ran.returncode == 0, ran.stdout[-2000:]
