"""``effbench claims``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from effbench.cli.parser import Parser, output_file
from effbench.errors import EffbenchError
from effbench.files.atomic import emit, write_files
from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, Row, column, render

SUMMARY = "every published figure against ours, speed too, and inconsistencies inside the papers"
EXAMPLES = """\
  effbench claims
  effbench claims --paper ci2p_vit
  effbench claims --all --format csv --output claims.csv
  effbench claims --page reports/claims.md          each efficiency claim, what was found, the command that shows it
  effbench claims --paper ravit --measurements mine.jsonl     records of effbench profile --relative-to"""

COLUMNS: list[Column[Row]] = [
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
    Column("measured", lambda row: _interval(row), right=True),
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
    parser.add_argument(
        "--page", type=output_file, metavar="FILE", help="write the efficiency claims as Markdown instead"
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.claims.load import PAPERS, paper

    if args.summary is not None and args.measurements is None:
        raise EffbenchError("--summary needs --measurements: the files it is a summary of")
    papers = [paper(key) for key in ([args.paper] if args.paper else PAPERS)]
    from effbench.claims.audit import audit_rows
    from effbench.claims.measured_ratios import summary
    from effbench.claims.measured_speed import speed_rows

    found = _measurements(args.measurements)
    if args.page is not None:
        write_files({args.page: _page(papers, found).encode()})
        return 0
    rows = [row for about in papers for row in (*audit_rows(about), *speed_rows(about, found))]
    if args.summary is not None:
        write_files({args.summary: summary(found).encode()})
    if args.format in ("json", "csv"):
        emit(render(rows, [], args.format), args.output)
        return 0
    parts = [_section(about, [r for r in rows if r["paper"] == about.key], args) for about in papers]
    emit("\n\n".join(parts), args.output)
    return 0


def _page(papers: Sequence[Any], found: Sequence[Any]) -> str:
    from effbench.claims.page import page
    from effbench.claims.page_rows import about

    return page([about(one.key, found) for one in papers])


def _measurements(given: Sequence[Path] | None) -> list[Any]:
    """Of the files given, or of those in the package; a file that was given for nothing is named."""
    from effbench.claims.measured_ratios import measurements, shipped

    found = {path: measurements(path) for path in (shipped() if given is None else given)}
    for path, ratios in found.items():
        if not ratios:
            said = "has no measurement that tests a claim of speed (the same two models, image size and task)"
            print(f"effbench: {path} {said}", file=sys.stderr)
    return [one for ratios in found.values() for one in ratios]


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
    from effbench.claims.relations import APPROXIMATE
    from effbench.stats.summary import LEVEL

    notes = [
        f"holds: the whole {LEVEL:.0%} interval lies within {float(APPROXIMATE):.1%} of the figure, which is of "
        "another machine, or of FLOPs and not of time.",
        "predicted: multiply-accumulates alone, of a training step those of the backward pass with them; frozen parts "
        "have none there.",
        *(f"{row['model']}, {row['task']}: {row['detail']}." for row in rows),
        *(
            f"{row['model']}, {row['task']}: not predicted: {row['not_predicted']}"
            for row in rows
            if row["not_predicted"]
        ),
        *(_under(row) for row in rows),
    ]
    title = "Speed: in x times as fast, in % of the time"
    return render(rows, SPEED_COLUMNS, style, title=title, notes=list(dict.fromkeys(notes)))


def _under(row: Row) -> str:
    """How a row was measured, or how it is."""
    from effbench.profiling.table import condition_notes

    if row["measured"] is None:
        how = f"--size {row['size']} --task {row['task']} --relative-to {row['against']}"
        command = f"effbench profile {row['against']} {row['model']} {how} --out FILE.jsonl"
        return f"{row['model']}, {row['task']}: not measured: {command}; effbench claims --measurements FILE.jsonl"
    sets = "one set" if row["sets"] == 1 else f"{row['sets']} sets"
    moved = "" if row["steady"] else ", not steady after warm-up"
    (under,) = condition_notes(row, row["threads"])
    return (
        f"{row['model']}, {row['task']}, {row['device']}, {row['dtype']}, batch {row['batch']}: {sets} in lock-step by "
        f"{row['clock']} time{moved}, ended {row['ended']}. {under}"
    )


def _speed(row: Row, key: str) -> str:
    if row[key] is None:
        return "-"
    return f"{_number(row, key)} {row['unit']}"


def _interval(row: Row) -> str:
    ends = "" if row["low"] is None else f" [{_number(row, 'low')}, {_number(row, 'high')}]"
    return f"{_speed(row, 'measured')}{ends}"


def _number(row: Row, key: str) -> str:
    return fixed(row[key], 1 if row["unit"] == "%" else 2)


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
