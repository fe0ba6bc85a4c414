"""``effbench claims``."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from effbench.cli.parser import Parser, output_file
from effbench.report.numbers import fixed, scaled
from effbench.report.output import emit, write_files
from effbench.report.table import Column, Row, column, render

SUMMARY = "every published figure against ours, speed too, and inconsistencies inside the papers"
EXAMPLES = """\
  effbench claims
  effbench claims --paper ci2p_vit
  effbench claims --all --format csv --output claims.csv
  effbench claims --paper ravit --measurements mine.jsonl     records of effbench profile --relative-to"""

SUGGESTION = "effbench profile AGAINST MODEL --relative-to AGAINST --out FILE.jsonl, then --measurements FILE.jsonl"

COLUMNS = [
    column("where", "where"),
    Column("figure", lambda row: " / ".join(part for part in (row["row"], row["column"]) if part)),
    Column("printed", lambda row: f"{row['printed']} {row['unit']}".strip() or "in words", right=True),
    Column("ours", lambda row: _ours(row), right=True),
    column("verdict", "verdict"),
    Column("under, at, because", lambda row: _evidence(row)),
]

SPEED_COLUMNS = [
    column("where", "where"),
    Column("time of", lambda row: f"{row['model']} against {row['against']}"),
    Column("doing", lambda row: f"{row['task']}, {row['size']}²"),
    column("claimed", "printed", right=True),
    Column("predicted from MACs", lambda row: _speed(row, "predicted"), right=True),
    column("verdict", "verdict"),
]


def configure(parser: Parser) -> None:
    parser.add_argument("--paper", metavar="P", help="only this paper: ci2p_vit, token_fusion, ravit")
    parser.add_argument(
        "--all", action="store_true", help="list the figures that were not checked, too (json, csv: always)"
    )
    parser.add_argument(
        "--measurements",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="records of effbench profile --relative-to, or summaries (default: those in the package)",
    )
    parser.add_argument(
        "--summary", type=output_file, metavar="FILE", help="also write what the claims need of --measurements to FILE"
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.claims.load import PAPERS, paper

    papers = [paper(key) for key in ([args.paper] if args.paper else PAPERS)]
    from effbench.suite.audit import audit_rows
    from effbench.suite.speed import measurements, shipped, speed_rows, summary

    found = measurements(args.measurements or shipped())
    rows = [row for about in papers for row in (*audit_rows(about), *speed_rows(about, found))]
    if args.summary is not None:
        write_files({args.summary: summary(found).encode()})
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
    table = render(shown, COLUMNS, args.format, title=title, notes=notes)
    speeds = [row for row in rows if row["record"] == "speed"]
    return f"{table}\n{_speeds(speeds, args.format)}" if speeds else table


def _speeds(rows: Sequence[Row], style: str) -> str:
    """Speed, claimed, predicted and measured, one line a measurement."""
    notes = [f"{row['model']}: {row['detail']}." for row in rows]
    notes += [f"{row['model']}: not predicted: {row['not_predicted']}" for row in rows if row["not_predicted"]]
    notes += [f"not measured: {SUGGESTION}"] if any(row["outcome"] == "not measured" for row in rows) else []
    measured = [row for row in rows if row["measured"] is not None]
    notes += [
        f"{row['model']} on {row['device']}, batch {row['batch']}: {row['sets']} sets in lock-step by {row['clock']} "
        f"time, {row['libraries']}, load {row['load']}, ended {row['ended']}"
        for row in measured
    ]
    return render(
        rows,
        SPEED_COLUMNS,
        style,
        title="Speed: in x times as fast, in % of the time",
        notes=list(dict.fromkeys(notes)),
    )


def _speed(row: Row, key: str) -> str:
    if row[key] is None:
        return "-"
    return f"{fixed(row[key], 1 if row['unit'] == '%' else 2)} {row['unit']}"


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
