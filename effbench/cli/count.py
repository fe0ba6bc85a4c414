"""``effbench count``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.parser import Parser, model, whole_number
from effbench.cost.convention import convention, conventions
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.counting.by_tool import CountRow, KindRow, ModuleRow, Pass

SUMMARY = "count the operations of a network by running it, with our counter or another tool"
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


HEAD: list[Column[Pass]] = [
    of("model", lambda row: row.model),
    of("size", lambda row: f"{row.size}²", right=True),
    of("counter", lambda row: row.counter),
    of("pass", lambda row: row.step),
]
VALUE: list[Column[CountRow]] = [
    of("value", lambda row: f"{row.value:,}", right=True),
    of("", lambda row: f"= {scaled(row.value)} {row.unit}s"),
    of("params", lambda row: f"{row.params:,}", right=True),
]
KIND: list[Column[KindRow]] = [
    *HEAD,
    of("kind", lambda row: row.kind),
    of("count", lambda row: f"{row.count:,}", right=True),
    of("price", lambda row: row.price, right=True),
    of("value", lambda row: f"{row.value:,}", right=True),
]
MODULE: list[Column[ModuleRow]] = [
    *HEAD,
    of("module", lambda row: row.module),
    of("value", lambda row: f"{row.value:,}", right=True),
    of("share", lambda row: f"{fixed(100 * row.share, 2)} %", right=True),
]


def _ours(args: argparse.Namespace) -> str:
    from effbench.counting.by_tool import count_by_pass, kinds, modules

    chosen = convention(args.convention or "macs")
    rows = count_by_pass(args.model, args.size, chosen, backward=args.backward, strict=args.strict)
    unpriced = [f"no price: {line}" for line in rows[0].uncounted]
    notes = [
        f"{chosen.name} [{chosen.unit}]: {chosen.doc}.",
        *(unpriced or ["Every operator of the network has a price or computes nothing."]),
    ]
    if args.by == "kind":
        return render([part for row in rows for part in kinds(row, chosen)], KIND, args.format, notes=notes)
    if args.by == "module":
        parts = [part for row in rows for part in modules(row, chosen, args.depth)]
        return render(parts, MODULE, args.format, notes=notes)
    return render(rows, [*HEAD, *VALUE], args.format, notes=notes)


def _theirs(args: argparse.Namespace) -> str:
    from effbench.counting.by_tool import tool_count

    row = tool_count(args.model, args.size, args.counter)
    device: Column[CountRow] = of("device", lambda row: row.device)
    by: Column[CountRow] = of("by", lambda row: row.by)
    notes = [f"not counted, in its own words: {'; '.join(row.uncounted)}"] if row.uncounted else []
    return render([row], [*HEAD, device, *VALUE, by], args.format, notes=notes)
