"""``effbench gate check``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from effbench.cli.gate.options import add_models
from effbench.cli.parser import Parser

if TYPE_CHECKING:
    from effbench.gate.check import Outcome

SUMMARY = "compare what every model costs with the committed snapshot, exactly and without a clock"
EXAMPLES = """\
  effbench gate check
  effbench gate check vit_base_patch16 timm/convnext_tiny
  effbench gate check --snapshot my_models.jsonl --allow-code --format markdown

Exit codes: 0 equal, 1 a difference (effbench gate accept records it), 2 bad input, 4 nothing could be checked."""

PLACE = Path("baselines/exact.jsonl")
EQUAL, DIFFERENT, NOTHING_CHECKED = 0, 1, 4


def configure(parser: Parser) -> None:
    add_snapshot(parser)
    parser.add_output()


def add_snapshot(parser: Parser) -> None:
    """Which models, and which snapshot."""
    add_models(parser, "all of the snapshot")
    parser.add_argument("--snapshot", type=Path, default=PLACE, metavar="FILE", help=f"default: {PLACE}")
    parser.add_allow_code("snapshot")


def run(args: argparse.Namespace) -> int:
    from effbench.gate import check as exact_gate

    outcome = exact_gate.check(args.snapshot, args.models)
    different, equal = outcome.models(*exact_gate.DIFFERENT), outcome.models(exact_gate.EQUAL)
    title = f"exact gate, {args.snapshot}: {summary(outcome)}"
    if outcome.models(exact_gate.DIFFERS, exact_gate.NEW, exact_gate.VANISHED):
        outcome.notes.append("If this is meant: effbench gate accept, and commit the snapshot with the change.")
    show(outcome, args, title)
    return DIFFERENT if different else EQUAL if equal else NOTHING_CHECKED


def summary(outcome: Outcome) -> str:
    """How many models have which verdict, e.g. ``97 equal, 2 differ``."""
    from effbench.gate.check import DIFFERS, EQUAL, FAILED, NEW, UNCHECKED, VANISHED

    words = {EQUAL: "equal", DIFFERS: "differ", NEW: "new", VANISHED: "vanished", FAILED: "fail", UNCHECKED: UNCHECKED}
    counted = {verdict: len(outcome.models(verdict)) for verdict in words}
    return ", ".join(f"{n} {words[verdict]}" for verdict, n in counted.items() if n) or "no model"


def show(outcome: Outcome, args: argparse.Namespace, title: str) -> None:
    """People see what is not equal; JSON and CSV hold a row of every model."""
    from effbench.files.atomic import emit
    from effbench.gate.check import EQUAL
    from effbench.render.table import column, render

    columns = [
        column("model", "model"),
        column("verdict", "verdict"),
        column("quantity", "quantity"),
        column("part", "part", lambda part: part or "-"),
        column("before", "before", "{:,}".format, right=True),
        column("after", "after", "{:,}".format, right=True),
        column("change", "change", right=True),
        column("where, or why", "said"),
    ]
    exact = args.format in ("json", "csv")
    rows: list[dict[str, Any]] = outcome.rows if exact else [_said(r) for r in outcome.rows if r["verdict"] != EQUAL]
    if not rows and not exact:
        columns = []
    emit(render(rows, columns, args.format, title=title, notes=outcome.notes), args.output)


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "said": row["where"] or row["reason"]}
