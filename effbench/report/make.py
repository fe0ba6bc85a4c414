"""The whole report: every table, figure and the page, as files; from formulas and the records of a checkout alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from effbench.claims.load import papers
from effbench.claims.paper import Paper
from effbench.counting.operations import LIBRARIES
from effbench.errors import EffbenchError, MissingExtra
from effbench.files.file_name import inside
from effbench.render.canvas import require_matplotlib
from effbench.render.formats import FORMATS
from effbench.report.accuracies import committed_stores, trainings
from effbench.report.data.data import SNAPSHOT, page_data
from effbench.report.page import MAX_BYTES, page

PARTS = ("tables", "claims", "figures", "page")
"""What a report is made of, in the order in which it is made."""

TABLE_FORMATS = ("markdown", "csv", "latex", "html")
"""Of every table of a paper; the index links the first."""

Files = dict[Path, bytes]
"""Path below the report's folder -> content."""

Tell = Callable[[int, str], None]
"""Is told how many files are still to make, the next one among them, and what that is."""


def report(
    root: Path, parts: Sequence[str], tell: Tell = lambda left, what: None, known: Sequence[Paper] | None = None
) -> Files:
    """The files of these parts, and where all are asked for an index.

    Args:
        root: of a checkout, whose records are read.
        parts: of PARTS.
        known: the papers whose figures are shown; None for those of the package.

    Raises:
        EffbenchError: a record is missing or broken. MissingExtra: Matplotlib, NumPy or torch is not installed.
    """
    require_checkout(root)
    require_libraries()
    known = papers() if known is None else known
    if "figures" in parts:
        require_matplotlib()
    makers = {"tables": _tables, "claims": _claims, "figures": _figures, "page": _page}
    files: Files = {}
    lines: list[str] = []
    for part in PARTS:
        if part in parts:
            made, said = makers[part](root, known, tell)
            files |= made
            lines += said
    if set(parts) == set(PARTS):
        files[Path("README.md")] = _index(lines).encode()
    return files


def require_libraries() -> None:
    """Raise MissingExtra unless claims about networks without a formula can be judged: a report without them, or with
    fewer of them, would be another one.
    """
    for library in LIBRARIES:
        if find_spec(library) is None:
            raise MissingExtra("effbench report", library, "measure")


def require_checkout(root: Path) -> None:
    """Raise EffbenchError, before any work, unless the folder has the records of a checkout."""
    if not (root / SNAPSHOT).is_file():
        raise EffbenchError(f"{root} is no checkout of effbench: it has no {SNAPSHOT} (see --records)")


def _tables(root: Path, known: Sequence[Paper], tell: Tell) -> tuple[Files, list[str]]:
    from effbench.claims.tables.build import build
    from effbench.claims.tables.formats import in_format
    from effbench.claims.tables.layout import tables

    runs = trainings(committed_stores(root))
    files: Files = {}
    lines = ["## Tables of the papers, with ours and the verdict below each row", ""]
    layouts = tables(known)
    for left, (key, (about, layout)) in zip(range(len(layouts), 0, -1), layouts.items(), strict=True):
        tell(left, f"table {key}")
        table = build(about, layout, runs)
        for style in TABLE_FORMATS:
            files[inside(Path("tables"), f"{key}.{FORMATS[style].suffix}")] = in_format([table], style).encode()
        first, *others = (FORMATS[style].suffix for style in TABLE_FORMATS)
        links = ", ".join(f"[{suffix}](tables/{key}.{suffix})" for suffix in others)
        lines.append(f"- [{table.title}](tables/{key}.{first}) ({links})")
    return files, [*lines, ""]


def _claims(root: Path, known: Sequence[Paper], tell: Tell) -> tuple[Files, list[str]]:
    from effbench.claims.digest import digest, markdown
    from effbench.claims.ratios import shipped

    tell(1, "the audit of the claims")
    found = shipped(known)
    text = markdown([digest(about, found) for about in known])
    lines = ["## Claims", "", "- [What every efficiency claim of the papers comes to](claims.md)", ""]
    return {Path("claims.md"): text.encode()}, lines


def _figures(root: Path, known: Sequence[Paper], tell: Tell) -> tuple[Files, list[str]]:
    from effbench.report.figures.every import figures

    tell(1, "rows of the figures")
    wanted = figures(root, known)
    files: Files = {}
    lines = ["## Figures", "", "Each is drawn from the CSV beside it.", ""]
    for left, figure in zip(range(len(wanted), 0, -1), wanted, strict=True):
        tell(left, f"figure {figure.name}")
        stem = str(inside(Path("figures"), figure.name, "figure"))
        files |= {Path(f"{stem}.{suffix}"): content for suffix, content in figure.draw().items()}
        files[Path(f"{stem}.csv")] = figure.csv()
        missing = f" Not in it: {figure.missing}." if figure.missing else ""
        lines += [
            f"**{figure.title}** ([svg]({stem}.svg), [png]({stem}.png), [data]({stem}.csv)).{missing}",
            "",
            f"![{figure.title}]({stem}.png)",
            "",
        ]
    return files, lines


def _page(root: Path, known: Sequence[Paper], tell: Tell) -> tuple[Files, list[str]]:
    tell(1, "the page")
    content = page(page_data(root, known))
    if len(content) > MAX_BYTES:
        raise EffbenchError(
            f"the page would be {len(content):,} bytes, more than {MAX_BYTES:,}: its records are too many"
        )
    return {Path("index.html"): content}, [
        "## The page",
        "",
        "- [index.html](index.html): every model, figure, curve and verdict to explore; one file, no network.",
        "",
    ]


def _index(lines: Sequence[str]) -> str:
    return "\n".join(
        [
            "# Report",
            "",
            "What `effbench report --out reports` makes of formulas and committed records; nothing was typed by hand.",
            "",
            *lines,
            "## Records",
            "",
            "Made once and kept: [atlas of timm](atlas/atlas.md), [profiles](profile/README.md),",
            "[roofline](roofline/README.md), early exits on the clock (`early_exit/`), error rates of the gate",
            "(`gate/`), trainings (`sweeps/`, where there are any).",
            "",
        ]
    )
