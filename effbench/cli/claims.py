"""``effbench claims``."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

from effbench.cli.parser import Parser
from effbench.report.numbers import fixed, scaled
from effbench.report.output import emit
from effbench.report.table import Column, Row, column, render

SUMMARY = "every published figure against ours, and inconsistencies inside the papers"
EXAMPLES = """\
  effbench claims
  effbench claims --paper ci2p_vit
  effbench claims --all --format csv --output claims.csv"""

COLUMNS = [
    column("where", "where"),
    Column("figure", lambda row: " / ".join(part for part in (row["row"], row["column"]) if part)),
    Column("printed", lambda row: f"{row['printed']} {row['unit']}".strip() or "in words", right=True),
    Column("ours", lambda row: _ours(row), right=True),
    column("verdict", "verdict"),
    Column("under, at, because", lambda row: _evidence(row)),
]


def configure(parser: Parser) -> None:
    parser.add_argument("--paper", metavar="P", help="only this paper: ci2p_vit, token_fusion, ravit")
    parser.add_argument(
        "--all", action="store_true", help="list the figures that were not checked, too (json, csv: always)"
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.claims.load import PAPERS, paper

    papers = [paper(key) for key in ([args.paper] if args.paper else PAPERS)]
    from effbench.suite.audit import audit_rows

    rows = [row for about in papers for row in audit_rows(about)]
    if args.format in ("json", "csv"):
        emit(render(rows, [], args.format), args.output)
        return 0
    parts = [_section(about, [r for r in rows if r["paper"] == about.key], args) for about in papers]
    emit("\n\n".join(parts), args.output)
    return 0


def _section(about: Any, rows: Sequence[dict[str, Any]], args: argparse.Namespace) -> str:
    figures = [row for row in rows if row["record"] == "figure"]
    found = [row for row in rows if row["record"] == "inconsistency"]
    unchecked = Counter(row["detail"] for row in figures if row["verdict"] == "not checked")
    shown = [row for row in figures if args.all or row["verdict"] != "not checked"]
    notes = [f"not checked, {reason}: {count}" for reason, count in unchecked.items()]
    notes += [f"Inconsistencies found: {len(found)}"]
    notes += [f"  {i}. {row['where']} [{row['kind']}]: {row['detail']}." for i, row in enumerate(found, start=1)]
    title = f"{about.title} ({about.url}, {about.version})"
    return render(shown, COLUMNS, args.format, title=title, notes=notes)


def _ours(row: Row) -> str:
    value = row["ours"]
    if value is None:
        return "-"
    if row["relation"]:
        return f"{fixed(value, 2)} {row['unit']}"
    return scaled(value)


def _evidence(row: Row) -> str:
    at = f"{row['under']}, {row['at_size']}²" if row["at_size"] else row["under"] or ""
    return "; ".join(part for part in (at, row["detail"]) if part)
