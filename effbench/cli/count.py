"""``effbench count``."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from effbench.cli.parser import Parser, model, whole_number
from effbench.cost.convention import Convention, convention, conventions
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import PARAM
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, column, render

SUMMARY = "operations of a network that runs, by our counter or another tool"
EXAMPLES = """\
  effbench count ci2p_vit --size 256
  effbench count timm/swin_base_patch4_window7_224 --by module --depth 2
  effbench count resnet50 --backward
  effbench count vit_base_patch16 --counter fvcore
  effbench count my_model.py --strict"""


def configure(parser: Parser) -> None:
    parser.add_argument(
        "model", type=model, metavar="MODEL", help="registered name, timm/NAME, FILE.py or FILE.py:NAME"
    )
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


def _grouped(value: int) -> str:
    return f"{value:,}"


HEAD = [
    column("model", "model"),
    column("size", "size", lambda side: f"{side}²", right=True),
    column("counter", "counter"),
    column("pass", "pass"),
]

VALUE = column("value", "value", _grouped, right=True)
PARTS = {
    "kind": [
        column("kind", "kind"),
        column("count", "count", _grouped, right=True),
        column("price", "price", right=True),
        VALUE,
    ],
    "module": [
        column("module", "module"),
        VALUE,
        column("share", "share", lambda share: f"{fixed(100 * share, 2)} %", right=True),
    ],
}


def _ours(args: argparse.Namespace) -> str:
    from effbench.counting.by_tool import count_by_pass

    chosen = convention(args.convention or "macs")
    rows, counts, unpriced = count_by_pass(args.model, args.size, chosen, backward=args.backward, strict=args.strict)
    notes = [f"{chosen.name} [{chosen.unit}]: {chosen.doc}.", *(f"no price: {line}" for line in unpriced)]
    if not unpriced:
        notes.append("Every operator of the network has a price or computes nothing.")
    if args.by:
        parts = _kinds if args.by == "kind" else partial(_modules, depth=args.depth)
        rows = [part for row in rows for part in parts(row, chosen.in_scope(counts[row["pass"]]), chosen)]
        return render(rows, [*HEAD, *PARTS[args.by]], args.format, notes=notes)
    columns = [
        *HEAD,
        VALUE,
        Column("", _short),
        column("params", "params", _grouped, right=True),
    ]
    return render(rows, columns, args.format, notes=notes)


def _kinds(row: dict[str, Any], counts: OpCounts, chosen: Convention) -> list[dict[str, Any]]:
    """Every kind of operation, priced or not; values add up to the row's."""
    return [
        {
            **_identity(row),
            "kind": kind,
            "count": int(n),
            "price": (p := chosen.price.get(kind, 0)),
            "value": int(p * n),
        }
        for kind, n in counts.by_kind().items()
        if kind != PARAM
    ]


def _modules(row: dict[str, Any], counts: OpCounts, chosen: Convention, depth: int) -> list[dict[str, Any]]:
    """Every module with a cost, paths cut to ``depth`` names; values add up to the row's."""
    values = {path or "(model)": int(chosen.total(part)) for path, part in counts.by_module(depth).items()}
    whole = row["value"] or 1
    return [
        {**_identity(row), "module": path, "value": value, "share": value / whole}
        for path, value in values.items()
        if value
    ]


def _identity(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("model", "size", "counter", "device", "pass", "convention", "unit", "source")}


def _theirs(args: argparse.Namespace) -> str:
    from effbench.counting.by_tool import tool_count

    row = tool_count(args.model, args.size, args.counter)
    columns = [*HEAD, column("device", "device"), VALUE, Column("", _short)]
    columns += [column("params", "params", _grouped, right=True), column("by", "by")]
    notes = [f"not counted, in its own words: {row['said']}"] if row["said"] else []
    return render([row], columns, args.format, notes=notes)


def _short(row: Any) -> str:
    return f"= {scaled(row['value'])} {row['unit']}s"
