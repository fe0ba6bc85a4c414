"""Tables of a LaTeX, Markdown, CSV or HTML file as rows of plain text."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from effbench.errors import EffbenchError

MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Table:
    """A table. Attributes: caption: empty where there is none; heads: of the columns; rows: cells as text."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(path: Path) -> list[Table]:
    """The tables of a file, by its ending.

    Raises:
        EffbenchError: the file cannot be read, has another ending, or holds no table.
    """
    readers = {".tex": _latex, ".csv": _csv, ".md": _markdown, ".html": _html, ".htm": _html}
    if path.suffix.lower() not in readers:
        raise EffbenchError(f"{path} is none of .tex, .csv, .md and .html")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise EffbenchError(f"{path} is larger than {MAX_BYTES // 10**6} MB")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EffbenchError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}"
        ) from None
    found = [table for table in readers[path.suffix.lower()](text) if table.rows and len(table.heads) > 1]
    if not found:
        raise EffbenchError(f"{path} holds no table with a head, a row and two columns")
    return found


def _table(caption: str, lines: Sequence[Sequence[str]]) -> Table:
    """The first line is the head; lines of another length are filled up, so that cells stay under their heads."""
    lines = [line for line in lines if any(line)]
    width = max((len(line) for line in lines), default=0)
    full = [(*line, *[""] * (width - len(line))) for line in lines]
    return Table(caption, tuple(full[0]) if full else (), tuple(map(tuple, full[1:])))


def _csv(text: str) -> Iterator[Table]:
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ";" if ";" in text.partition("\n")[0] else ","
    try:
        yield _table("", [[_plain(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)])
    except csv.Error as error:
        raise EffbenchError(f"the CSV cannot be read: {error}") from None


def _markdown(text: str) -> Iterator[Table]:
    lines: list[list[str]] = []
    before = ""
    for line in [*text.splitlines(), ""]:
        if "|" in line:
            cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
            if not all(re.fullmatch(r"\s*:?-+:?\s*", cell) for cell in cells):
                lines.append([_plain(cell) for cell in cells])
        elif lines:
            yield _table(before, lines)
            lines, before = [], ""
        elif line.strip():
            before = _plain(line.lstrip("# "))


_LATEX = re.compile(r"\\begin\{(tabular[x*]?|longtable)\}(.*?)\\end\{\1\}", re.DOTALL)
_SPEC = re.compile(r"^\s*(\[[^]]*\])?\s*(\{(?:[^{}]|\{[^{}]*\})*\})+", re.DOTALL)
_RULE = re.compile(
    r"\\(toprule|midrule|bottomrule|hline|addlinespace|(c|cmid)rule)(\([^)]*\))?(\{[^}]*\})?(\[[^]]*\])?"
)
_RULE2 = re.compile(r"\\(cline|cmidrule|specialrule)(\([^)]*\))?\{[^}]*\}(\{[^}]*\}\{[^}]*\})?")


def _latex(text: str) -> Iterator[Table]:
    text = re.sub(r"(?<!\\)%.*", "", text)
    for found in _LATEX.finditer(text):
        body = _SPEC.sub("", found[2], count=1)
        body = _RULE2.sub("", _RULE.sub("", body))
        lines = [[_latex_plain(cell) for cell in _cells(line)] for line in re.split(r"\\\\(?:\[[^]]*\])?", body)]
        yield _table(_caption(text, found.start(), found.end()), lines)


def _cells(line: str) -> list[str]:
    """Split at ampersands; a cell over several columns is followed by empty ones."""
    cells: list[str] = []
    for cell in re.split(r"(?<!\\)&", line):
        wide = re.match(r"\s*\\multicolumn\{(\d+)\}\{[^}]*\}\{(.*)\}\s*$", cell, re.DOTALL)
        cells += [wide[2], *[""] * (min(int(wide[1]), 50) - 1)] if wide else [cell]
    return cells


def _caption(text: str, start: int, end: int) -> str:
    """Of the table environment around the tabular, before or after it."""
    begin = text.rfind("\\begin{table", 0, start)
    stop = text.find("\\end{table", end)
    found = re.search(r"\\caption(?:\[[^]]*\])?\{((?:[^{}]|\{[^{}]*\})*)\}", text[begin:stop]) if begin >= 0 else None
    return _latex_plain(found[1]) if found else ""


_SYMBOLS = {
    r"\%": "%", r"\#": "#", r"\_": "_", r"\&": "&", r"\,": "", r"\;": " ", r"\ ": " ", "~": " ", r"\times": "×",
    r"\Delta": "Δ", r"\downarrow": "↓", r"\uparrow": "↑", r"\pm": "±", r"\dagger": "", r"\ddagger": "", r"\star": "",
    r"\checkmark": "", r"\quad": " ", "--": "-",
}  # fmt: skip


def _latex_plain(cell: str) -> str:
    cell = re.sub(
        r"\\(cite[a-z]*|ref|label|footnote|rowcolor|cellcolor|vspace|href)\*?(\[[^]]*\])*\{[^{}]*\}", "", cell
    )
    cell = re.sub(r"\\multirow\{[^}]*\}\{[^}]*\}\{([^{}]*)\}", r"\1", cell)
    for symbol, text in _SYMBOLS.items():
        cell = cell.replace(symbol, text)
    for _ in range(4):
        cell = re.sub(r"\\[a-zA-Z]+\*?\s*\{([^{}]*)\}", r"\1", cell)
    cell = re.sub(r"\\[a-zA-Z]+", "", cell)
    return _plain(cell.replace("$", "").replace("{", "").replace("}", ""))


class _Html(HTMLParser):
    """Collects (caption, lines of cells) of every table."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[tuple[list[str], list[list[str]]]] = []
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append(([], []))
        elif tag == "tr" and self.tables:
            self.tables[-1][1].append([])
        elif tag in ("td", "th", "caption") and self.tables:
            self.handle_endtag("td")  # of a cell that was left open
            self._text = []
        elif tag == "sup" and self._text is not None:
            self._text.append("^")

    def handle_endtag(self, tag: str) -> None:
        if self._text is None or tag not in ("td", "th", "caption", "tr", "table"):
            return
        text, self._text = _plain("".join(self._text)), None
        caption, lines = self.tables[-1]
        if tag == "caption":
            caption.append(text)
        elif lines:
            lines[-1].append(text)

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def _html(text: str) -> Iterator[Table]:
    parser = _Html()
    parser.feed(text)
    for caption, lines in parser.tables:
        yield _table(" ".join(caption), lines)


def _plain(cell: str) -> str:
    """Without Markdown marks and links, with ordinary spaces and minus signs."""
    cell = html.unescape(cell)
    cell = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", cell)
    cell = re.sub(r"</?\w+[^>]*>", "", cell)
    cell = cell.replace("`", "").replace("**", "").replace("−", "-").replace("\u00a0", " ").replace("\\|", "|")
    return " ".join(cell.split())
