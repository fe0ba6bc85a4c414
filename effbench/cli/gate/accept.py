"""``effbench gate accept``."""

from __future__ import annotations

import argparse

from effbench.cli.gate.check import add_snapshot, show, summary
from effbench.cli.parser import Parser

SUMMARY = "record what every model costs now, and print what changed since the last time"
EXAMPLES = """\
  effbench gate accept
  effbench gate accept vit_base_patch16
  effbench gate accept my_model.py --snapshot my_models.jsonl

A snapshot that is begun with models is about those models alone; without, about every registered model."""


def configure(parser: Parser) -> None:
    add_snapshot(parser)
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.files.atomic import require_replaceable, require_writable
    from effbench.gate.check import accept

    require_writable(args.snapshot.parent)
    require_replaceable(args.snapshot)
    outcome = accept(args.snapshot, args.models)
    show(outcome, args, f"recorded in {args.snapshot}; against what was there: {summary(outcome)}")
    return 0
