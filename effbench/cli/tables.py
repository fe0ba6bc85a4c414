"""``effbench tables``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from effbench.cli.parser import Parser
from effbench.errors import EffbenchError
from effbench.files.atomic import emit, make_folder, write_files
from effbench.files.file_name import inside
from effbench.render.table import render

SUMMARY = "the tables of the papers in their own layouts, ours and the verdict below each row"
EXAMPLES = """\
  effbench tables ci2p.2
  effbench tables ravit.1 ravit.2 ravit.3 --format markdown
  effbench tables ci2p.1 --format latex > table1.tex
  effbench tables --format csv --out reports/tables          every table, a file each
  effbench tables ravit.1 --store runs.jsonl                 with accuracies of our own trainings"""

FORMATS = ("table", "json", "csv", "markdown", "latex", "html")
SUFFIXES = {"table": "txt", "json": "json", "csv": "csv", "markdown": "md", "latex": "tex", "html": "html"}


def configure(parser: Parser) -> None:
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="ci2p.1, ci2p.2, token_fusion.1, … (default: all)")
    parser.add_argument("--format", nargs="+", choices=FORMATS, default=["table"], help="one; with --out several")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write DIR/TABLE.md, .csv, … instead of printing")
    parser.add_argument(
        "--store", nargs="+", type=Path, default=[], metavar="FILE", help="finished trainings: accuracies of ours"
    )


def run(args: argparse.Namespace) -> int:
    from effbench.claims.tables.layout import layout, layouts

    if len(args.format) > 1 and args.out is None:
        raise EffbenchError("several formats need --out DIR")
    chosen = [layout(key) for key in dict.fromkeys(args.tables)] or list(layouts().values())
    from effbench.claims.tables.accuracy import read
    from effbench.claims.tables.build import build

    runs = read(args.store)
    if args.out is not None:
        make_folder(args.out)
    tables = [build(one, runs) for one in chosen]
    if args.out is None:
        emit(_together(tables, args.format[0]), None)
        return 0
    files = {
        inside(args.out, f"{t.key}.{SUFFIXES[style]}"): _together([t], style) for style in args.format for t in tables
    }
    write_files({path: text.encode() for path, text in files.items()})
    return 0


def _together(tables: Sequence[Any], style: str) -> str:
    """The tables in one text; of csv and json, one table of figures."""
    from effbench.claims.tables.html import as_html
    from effbench.claims.tables.latex import as_latex
    from effbench.claims.tables.table import as_text, records

    if style in ("csv", "json"):
        return render(records(tables), [], style)
    writers: dict[str, Callable[[Any], str]] = {"latex": as_latex, "html": as_html}
    write = writers.get(style, lambda table: as_text(table, style))
    return "\n\n".join(write(table) for table in tables)
