"""``effbench flops``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from effbench.cli.manner import add_choice
from effbench.cli.naming import names
from effbench.cli.parser import MODEL, Parser, whole_number
from effbench.cost.convention import Convention, convention, conventions
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.models.inputs import parse_inputs, shown
from effbench.render.choice import require_choice
from effbench.render.numbers import bytes_binary, fixed, scaled
from effbench.render.table import Column, Quantity, of, render

if TYPE_CHECKING:
    from effbench.counting.costs import Cost, KindCost, ModuleCost, Part
    from effbench.counting.count import Count

SUMMARY = "price models by formula, or by our counter where there is none, under a named convention"
EXAMPLES = """\
  effbench flops --sizes 256 384 512          the paper's Table 2, recomputed, with a verdict
  effbench flops vit_base_patch16 ravit_imagenet:1-1-8 --convention macs
  effbench flops ci2p_vit_ds --size 512 --convention all
  effbench flops vit_base_patch16 --by kind
  effbench flops timm/resnet18 torchvision.models:resnet18 --size 224 224x320
  effbench flops ci2p_vit --size 256 --batch 32 --format json
  effbench flops 'timm/deit3_*' --columns model,params,macs --sort macs
  effbench flops ci2p_vit vit_base_patch16 --format latex --caption Cost --label tab:cost --names 'ci2p_vit=Ours'"""

DEPTH = 2
"""Names of a module path that are kept, unless ``--depth`` says how many."""


def configure(parser: Parser) -> None:
    parser.add_network("*", sizes=True, help=f"{MODEL} (default: the three models of CI2P-ViT's Table 2)")
    parser.add_argument(
        "--convention",
        metavar="C",
        help=f"{', '.join(conventions())}, or all (default: macs; ci2p without a MODEL)",
    )
    parser.add_argument("--by", choices=("module", "kind"), help="take the cost apart")
    parser.add_argument("--depth", type=whole_number, metavar="N", help="names of a module path to keep (default: 2)")
    parser.add_argument("--batch", type=whole_number, default=1, metavar="N", help="images (default: 1)")
    parser.add_output()
    add_choice(parser)


def depth_of(args: argparse.Namespace) -> int:
    """Names of a module path to keep; ``--depth`` without ``--by module`` is refused."""
    if args.depth is None:
        return DEPTH
    if args.by != "module":
        raise EffbenchError("--depth has no effect without --by module")
    if args.depth < 1:
        raise EffbenchError(f"--depth must be 1 or more, got {args.depth}")
    return int(args.depth)


def run(args: argparse.Namespace) -> int:
    depth_of(args)
    name = args.convention or ("macs" if args.models or args.by else "ci2p")
    chosen = list(conventions().values()) if name == "all" else [convention(name)]
    names(args)
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
    from effbench.claims.tables.recomputed import CostTable

    return names(args) or CostTable().models


COSTS: list[Column[Cost]] = [
    of("model", lambda row: row.model),
    of("size", lambda row: shown(row.size), right=True),
    of("convention", lambda row: row.convention),
    of(
        "cost",
        lambda row: f"{scaled(row.value)} {row.unit}s",
        right=True,
        key="value",
        also=("macs", "flops"),
        quantity=Quantity(lambda row: row.value, lambda row: row.unit),
    ),
    of("params", lambda row: scaled(row.params, 2), right=True, quantity=Quantity(lambda row: row.params)),
    of(
        "peak activations",
        lambda row: row.peak_activation_bytes,
        bytes_binary,
        right=True,
        key="peak_activation_bytes",
        quantity=Quantity(lambda row: row.peak_activation_bytes, "B"),
    ),
    of("source", lambda row: f"{row.source} on {row.device}" if row.device else row.source),
]


def _costs(args: argparse.Namespace, chosen: Sequence[Convention]) -> str:
    from effbench.counting.costs import costs
    from effbench.counting.operations import shipped_notes

    require_choice(COSTS)
    rows = costs(_names(args), args.size, chosen, args.batch, parse_inputs(args.input))
    notes = [
        *counted(chosen),
        *shipped_notes(row.by for row in rows),
        "params: of the modules the convention looks at. Peak activations: predicted, inference in fp32.",
        *(
            f"{row.model}: {row.uncounted} operators have no price; effbench count names them."
            for row in rows
            if row.uncounted
        ),
    ]
    return render(rows, COSTS, args.format, title=_title(args.batch), notes=notes)


def _by(args: argparse.Namespace, chosen: Convention) -> str:
    from effbench.counting.costs import by_kind, by_module, counts

    require_choice(KINDS if args.by == "kind" else MODULES)
    inputs, shipped = parse_inputs(args.input), args.by == "kind" and not chosen.calls
    found = list(counts(_names(args), args.size, args.batch, inputs, shipped=shipped))
    notes = [*counted([chosen]), *(line for one in found for line in lacking(one))]
    if args.by == "kind":
        kinds = [row for one in found for row in by_kind(one, chosen)]
        return render(kinds, KINDS, args.format, notes=notes, title=_title(args.batch))
    modules = [row for one in found for row in by_module(one, chosen, depth_of(args))]
    return render(modules, MODULES, args.format, notes=notes, title=_title(args.batch))


def lacking(found: Count) -> list[str]:
    """A line for each operator of a network that is in no value, for people."""
    return [f"{found.model}: no price: {one}" for one in found.uncounted]


HEAD: list[Column[Part]] = [
    of("model", lambda row: row.model),
    of("size", lambda row: shown(row.size), right=True),
]
KINDS: list[Column[KindCost]] = [
    *HEAD,
    of("kind", lambda row: row.kind),
    of("count", lambda row: f"{row.count:,}", right=True),
    of("price", lambda row: row.price, right=True),
    of("value", lambda row: f"{row.value:,}", right=True),
    of("what one is", lambda row: row.doc),
]
MODULES: list[Column[ModuleCost]] = [
    *HEAD,
    of("module", lambda row: row.module),
    of("value", lambda row: f"{row.value:,}", right=True),
    of("share", lambda row: f"{fixed(100 * row.share, 2)} %", right=True),
    of("params", lambda row: f"{row.params:,}", right=True),
]


def _table2(args: argparse.Namespace, chosen: Convention) -> str:
    from effbench.claims.tables.recomputed import CostTable, Recomputed

    table = CostTable()
    rows = table.cells(args.size or table.sizes, chosen, args.batch)
    columns: list[Column[Recomputed]] = [
        of("size", lambda row: row.cost.size, lambda side: f"{side}²", right=True),
        of("model", lambda row: row.cost.model),
        of(f"ours, {chosen.name}", lambda row: scaled(int(row.cost.value)), right=True),
        of("cut", lambda row: f"{fixed(row.reduction_percent, 2)} %", right=True),
        of("paper", lambda row: row.paper_printed, right=True),
        of("cut", lambda row: row.paper_reduction, lambda cut: f"{cut} %", right=True),
        of("the paper's figure", lambda row: row.words),
    ]
    under = [convention(name) for name in dict.fromkeys(row.paper_holds_under for row in rows) if name]
    notes = [
        "What is counted:",
        *(f"  {line}" for line in counted(list({c.name: c for c in (chosen, *under)}.values()))),
        *(f"Inconsistent: {text}." for text in table.mixed_conventions()),
    ]
    return render(rows, columns, args.format, title=f"CI2P-ViT, Table 2.{_title(args.batch)}", notes=notes)


def _title(batch: int) -> str:
    return "" if batch == 1 else f" Batch of {batch} images: costs and activations are those of the whole batch."
