"""``effbench doctor``."""

from __future__ import annotations

import argparse

from effbench.cli.parser import Parser
from effbench.files.atomic import emit
from effbench.render.table import Column, of, render

SUMMARY = "show what this machine lets effbench do: extras, devices, energy counters, clocks, load, cache"
EXAMPLES = """\
  effbench doctor
  effbench doctor --format json

Exit codes: 0 nothing is broken, 1 something is."""

UNHEALTHY = 1


def configure(parser: Parser) -> None:
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.processes.health import BROKEN, Finding, findings

    rows = list(findings())
    columns: list[Column[Finding]] = [
        of("what", lambda row: row.what),
        of("state", lambda row: row.state),
        of("found", lambda row: row.found),
    ]
    emit(render(rows, columns, args.format), args.output)
    return UNHEALTHY if any(row.state == BROKEN for row in rows) else 0
