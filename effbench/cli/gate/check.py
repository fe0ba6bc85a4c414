"""``effbench gate check``."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.gate.options import add_models
from effbench.cli.parser import Parser

if TYPE_CHECKING:
    from effbench.gate.check import Finding, Outcome

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
        again = shlex.join(["effbench", "gate", "accept", *_given(args)])
        outcome.notes.append(f"If this is meant: {again}, and commit the snapshot with the change.")
    show(outcome, args, title)
    return DIFFERENT if different else EQUAL if equal else NOTHING_CHECKED


def _given(args: argparse.Namespace) -> list[str]:
    """The options of this call that ``gate accept`` takes, too."""
    snapshot = [] if args.snapshot == PLACE else ["--snapshot", str(args.snapshot)]
    return [*args.models, *snapshot, *(["--allow-code"] if args.allow_code else [])]


def summary(outcome: Outcome) -> str:
    """How many models have which verdict, e.g. ``97 equal, 2 differ``."""
    from effbench.gate.check import DIFFERS, EQUAL, FAILED, NEW, UNCHECKED, VANISHED

    words = {EQUAL: "equal", DIFFERS: "differ", NEW: "new", VANISHED: "vanished", FAILED: "fail", UNCHECKED: UNCHECKED}
    counted = {verdict: len(outcome.models(verdict)) for verdict in words}
    verbs = (DIFFERS, FAILED)
    said = (f"{n} {words[one]}{'s' * (n == 1 and one in verbs)}" for one, n in counted.items() if n)
    return ", ".join(said) or "no model"


def show(outcome: Outcome, args: argparse.Namespace, title: str) -> None:
    """People see what is not equal; JSON and CSV hold a row of every model."""
    from effbench.files.atomic import emit
    from effbench.gate.check import EQUAL
    from effbench.render.formats import is_exact
    from effbench.render.table import Column, of, render

    columns: list[Column[Finding]] = [
        of("model", lambda row: row.model),
        of("verdict", lambda row: row.verdict),
        of("quantity", lambda row: row.quantity),
        of("part", lambda row: row.part or None),
        of("before", lambda row: row.before, "{:,}".format, right=True),
        of("after", lambda row: row.after, "{:,}".format, right=True),
        of("change", lambda row: row.change, right=True),
        of("where, or why", lambda row: row.where or row.reason),
    ]
    rows = outcome.rows if is_exact(args.format) else [row for row in outcome.rows if row.verdict != EQUAL]
    emit(render(rows, columns if rows else [], args.format, title=title, notes=outcome.notes), args.output)
