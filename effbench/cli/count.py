"""``effbench count``."""

from __future__ import annotations

import argparse
from typing import Any

from effbench.cli.parser import Parser, whole_number
from effbench.cost.convention import convention, conventions
from effbench.errors import EffbenchError
from effbench.report.numbers import fixed, scaled
from effbench.report.output import emit
from effbench.report.table import Column, column, render

SUMMARY = "operations of a network that runs, by our counter or another tool"
EXAMPLES = """\
  effbench count ci2p_vit --size 256
  effbench count timm/swin_base_patch4_window7_224 --by module --depth 2
  effbench count resnet50 --backward
  effbench count vit_base_patch16 --counter fvcore
  effbench count my_model.py --strict"""


def configure(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", help="registered name, timm/NAME, FILE.py or FILE.py:NAME")
    parser.add_argument(
        "--size", type=whole_number, metavar="S", help="image side in pixels (default: the model's own)"
    )
    parser.add_argument(
        "--counter",
        choices=("dispatch", "fvcore", "ptflops", "ptflops_aten", "torch"),
        default="dispatch",
        help="ours (default) or another tool, which reports in its own way",
    )
    parser.add_argument(
        "--convention", metavar="C", help=f"{', '.join(conventions())} (default: macs); of dispatch only"
    )
    parser.add_argument("--backward", action="store_true", help="also the backward pass; of dispatch only")
    parser.add_argument("--by", choices=("module", "kind"), help="take the count apart; of dispatch only")
    parser.add_argument("--depth", type=whole_number, default=2, help="names of a module path to keep (default: 2)")
    parser.add_argument("--strict", action="store_true", help="fail if an operator has no price; of dispatch only")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    if args.depth < 1:
        raise EffbenchError(f"--depth must be 1 or more, got {args.depth}")
    if args.counter == "dispatch":
        emit(_ours(args), args.output)
        return 0
    given = [f"--{name}" for name in ("convention", "backward", "by", "strict") if getattr(args, name)]
    if given:
        raise EffbenchError(f"{', '.join(given)} works with --counter dispatch, not {args.counter}")
    emit(_theirs(args), args.output)
    return 0


HEAD = [
    column("model", "model"),
    column("size", "size", lambda side: f"{side}²", right=True),
    column("counter", "counter"),
    column("pass", "pass"),
]


def _ours(args: argparse.Namespace) -> str:
    from effbench.suite.counting import count_by_pass

    chosen = convention(args.convention or "macs")
    rows, counts, unpriced = count_by_pass(args.model, args.size, chosen, backward=args.backward, strict=args.strict)
    notes = [f"{chosen.name} [{chosen.unit}]: {chosen.doc}.", *(f"no price: {line}" for line in unpriced)]
    if not unpriced:
        notes.append("Every operator of the network has a price or computes nothing.")
    if args.by:
        rows = [part for row in rows for part in _parts(row, counts[row["pass"]], args)]
        keys = [
            column(args.by, args.by),
            column("count" if args.by == "kind" else "value", "value", _grouped, right=True),
        ]
        share = [] if args.by == "kind" else [column("share", "share", lambda s: f"{fixed(100 * s, 2)} %", right=True)]
        return render(rows, [*HEAD, *keys, *share], args.format, notes=notes)
    columns = [
        *HEAD,
        column("value", "value", _grouped, right=True),
        Column("", _short),
        column("params", "params", _grouped),
    ]
    return render(rows, columns, args.format, notes=notes)


def _parts(row: dict[str, Any], counts: Any, args: argparse.Namespace) -> list[dict[str, Any]]:
    chosen = convention(row["convention"])
    base = {key: row[key] for key in ("model", "size", "counter", "pass")}
    if args.by == "kind":
        return [{**base, "kind": kind, "value": int(n)} for kind, n in counts.by_kind().items()]
    groups = chosen.in_scope(counts).by_module(args.depth)
    values = {path or "(model)": int(chosen.total(part)) for path, part in groups.items()}
    whole = row["value"] or 1
    return [{**base, "module": path, "value": value, "share": value / whole} for path, value in values.items() if value]


def _theirs(args: argparse.Namespace) -> str:
    from effbench.suite.counting import tool_count

    row = tool_count(args.model, args.size, args.counter)
    columns = [*HEAD, column("device", "device"), column("value", "value", _grouped, right=True), Column("", _short)]
    columns += [column("params", "params", _grouped, right=True), column("by", "by")]
    notes = [f"not counted, in its own words: {row['said']}"] if row["said"] else []
    return render([row], columns, args.format, notes=notes)


def _grouped(value: int) -> str:
    return f"{value:,}"


def _short(row: Any) -> str:
    return f"= {scaled(row['value'])} {row['unit']}s"
