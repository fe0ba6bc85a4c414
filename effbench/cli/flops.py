"""``effbench flops``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from effbench.cli.parser import Parser, model, whole_number
from effbench.cost.convention import Convention, convention, conventions
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.render.numbers import bytes_binary, fixed, scaled
from effbench.render.table import Column, Row, column, render

SUMMARY = "cost of models by formula (or counted where there is none), under a named convention"
EXAMPLES = """\
  effbench flops --sizes 256 384 512          the paper's Table 2, recomputed, with a verdict
  effbench flops vit_base_patch16 ravit_imagenet:1-1-8 --convention macs
  effbench flops ci2p_vit_ds --sizes 512 --convention all
  effbench flops vit_base_patch16 --by kind
  effbench flops ci2p_vit --sizes 256 --batch 32 --format json"""


def configure(parser: Parser) -> None:
    parser.add_argument(
        "models", nargs="*", type=model, metavar="MODEL", help="default: the three models of CI2P-ViT's Table 2"
    )
    parser.add_argument(
        "--sizes", nargs="+", type=whole_number, metavar="S", help="image sides in pixels (default: each model's own)"
    )
    parser.add_argument(
        "--convention",
        metavar="C",
        help=f"{', '.join(conventions())}, or all (default: macs; ci2p without a MODEL)",
    )
    parser.add_argument("--by", choices=("module", "kind"), help="take the cost apart")
    parser.add_argument("--depth", type=whole_number, default=2, help="names of a module path to keep (default: 2)")
    parser.add_argument("--batch", type=whole_number, default=1, metavar="N", help="images (default: 1)")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    name = args.convention or ("macs" if args.models or args.by else "ci2p")
    chosen = list(conventions().values()) if name == "all" else [convention(name)]
    if not args.models and not args.by and len(chosen) == 1:
        emit(_table2(args, chosen[0]), args.output)
        return 0
    if args.by and len(chosen) > 1:
        raise EffbenchError("--by takes one convention, not all")
    emit(_by(args, chosen[0]) if args.by else _costs(args, chosen), args.output)
    return 0


def counted(chosen: Sequence[Convention]) -> list[str]:
    """What each convention counts, for people."""
    return [f"{c.name} [{c.unit}]: {c.doc}. Source: {c.source}." for c in chosen]


def _names(args: argparse.Namespace) -> Sequence[str]:
    from effbench.claims.comparison import MODELS

    return args.models or MODELS


def _costs(args: argparse.Namespace, chosen: Sequence[Convention]) -> str:
    from effbench.counting.costs import cost_records

    rows = [record.as_row() for record in cost_records(_names(args), args.sizes, chosen, args.batch)]
    columns = [
        column("model", "model"),
        column("size", "size", lambda side: f"{side}²", right=True),
        column("convention", "convention"),
        Column("cost", lambda row: f"{scaled(row['value'])} {row['unit']}s", right=True),
        column("params", "params", lambda value: scaled(value, 2), right=True),
        column("peak activations", "peak_activation_bytes", bytes_binary, right=True),
        column("source", "source"),
    ]
    uncounted = [row for row in rows if row["uncounted"]]
    notes = [
        *counted(chosen),
        "params: of the modules the convention looks at. Peak activations: predicted, inference in fp32.",
        *(
            f"{row['model']}: {row['uncounted']} operators have no price; effbench count names them."
            for row in uncounted
        ),
    ]
    return render(rows, columns, args.format, title=_title(args.batch), notes=notes)


def _by(args: argparse.Namespace, chosen: Convention) -> str:
    from effbench.counting.costs import by_kind, by_module, cost_records

    if args.depth < 1:
        raise EffbenchError(f"--depth must be 1 or more, got {args.depth}")
    records = cost_records(_names(args), args.sizes, [chosen], args.batch)
    head = [column("model", "model"), column("size", "size", lambda side: f"{side}²", right=True)]
    if args.by == "kind":
        rows: list[dict[str, Any]] = [row for record in records for row in by_kind(record, chosen)]
        columns = [
            *head,
            column("kind", "kind"),
            column("count", "count", lambda value: f"{value:,}", right=True),
            column("price", "price", right=True),
            column("value", "value", lambda value: f"{value:,}", right=True),
            column("what one is", "doc"),
        ]
    else:
        rows = [row for record in records for row in by_module(record, chosen, args.depth)]
        columns = [
            *head,
            column("module", "module"),
            column("value", "value", lambda value: f"{value:,}", right=True),
            column("share", "share", lambda share: f"{fixed(100 * share, 2)} %", right=True),
            column("params", "params", lambda value: f"{value:,}", right=True),
        ]
    return render(rows, columns, args.format, title=_title(args.batch), notes=counted([chosen]))


def _table2(args: argparse.Namespace, chosen: Convention) -> str:
    from effbench.claims.comparison import SIZES, mixed_conventions, table2

    rows = table2(args.sizes or SIZES, chosen, args.batch)
    columns = [
        column("size", "size", lambda side: f"{side}²", right=True),
        column("model", "model"),
        Column(f"ours, {chosen.name}", lambda row: scaled(row["value"]), right=True),
        Column("cut", lambda row: f"{fixed(row['reduction_percent'], 2)} %", right=True),
        column("paper", "paper_printed", right=True),
        column("cut", "paper_reduction", lambda cut: f"{cut} %", right=True),
        Column("the paper's figure", _verdict),
    ]
    under = [convention(name) for name in dict.fromkeys(row["paper_holds_under"] for row in rows) if name]
    notes = [
        "What is counted:",
        *(f"  {line}" for line in counted(list({c.name: c for c in (chosen, *under)}.values()))),
        *(f"Inconsistent: {finding.text}." for finding in mixed_conventions()),
    ]
    return render(rows, columns, args.format, title=f"CI2P-ViT, Table 2.{_title(args.batch)}", notes=notes)


def _verdict(row: Row) -> str:
    if row["paper_printed"] is None:
        return "-"
    if row["paper_holds_under"] is None:
        return "holds under no convention"
    return f"holds under {row['paper_holds_under']} ({row['paper_match']})"


def _title(batch: int) -> str:
    return "" if batch == 1 else f" Batch of {batch} images: costs and activations are those of the whole batch."
