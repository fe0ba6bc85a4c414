"""``effbench count``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.count_images import add_images, on_images
from effbench.cli.flops import depth_of
from effbench.cli.manner import add_choice
from effbench.cli.naming import names
from effbench.cli.parser import Parser, whole_number
from effbench.cost.convention import convention, conventions
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.models.inputs import parse_inputs, shown
from effbench.models.spec import MAX_BATCH, require_range
from effbench.render.choice import require_choice
from effbench.render.numbers import fixed, scaled
from effbench.render.progress import Progress
from effbench.render.table import Column, Quantity, of, render

if TYPE_CHECKING:
    from effbench.counting.by_tool import CountRow, KindRow, ModuleRow, Pass

DEVICES = ("auto", "meta", "cpu", "cuda")

SUMMARY = "count the operations of a network by running it, with our counter or another tool"
EXAMPLES = """\
  effbench count ci2p_vit --size 256
  effbench count timm/swin_base_patch4_window7_224 --by module --depth 2
  effbench count resnet50 --backward
  effbench count vit_base_patch16 --counter fvcore
  effbench count net.py:Net --arg depth=4 --input 2x3x224x320 --input mask=2x64:bool
  effbench count torchvision.models:resnet50 --size 224x320
  effbench count 'timm/deit3_*' --columns model,macs,params --sort macs
  effbench count my_model.py --strict
  effbench count pruned.py:Net --data cifar10 --images 256        work as executed, image by image
  effbench count net.onnx --size 224 --by kind"""


def configure(parser: Parser) -> None:
    parser.add_network("+")
    parser.add_argument(
        "--batch", type=whole_number, default=1, metavar="N", help="images (default: 1); of inputs, their own"
    )
    parser.add_argument(
        "--device", choices=DEVICES, default="auto", help="default: meta, and the CPU where a network needs values"
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
    parser.add_argument("--depth", type=whole_number, metavar="N", help="names of a module path to keep (default: 2)")
    parser.add_argument("--strict", action="store_true", help="fail if an operator has no price; of dispatch only")
    add_images(parser)
    parser.add_output()
    add_choice(parser)


def run(args: argparse.Namespace) -> int:
    depth_of(args)
    require_range("batch", args.batch, 1, MAX_BATCH)
    if args.data is not None:
        emit(on_images(args), args.output)
        return 0
    if args.images is not None or args.kept is not None:
        raise EffbenchError(f"--{'kept' if args.images is None else 'images'} has no effect without --data")
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
    of("size", lambda row: shown(row.size), right=True),
    of("batch", lambda row: row.batch, right=True),
    of("counter", lambda row: row.counter),
    of("device", lambda row: row.device),
    of("pass", lambda row: row.step),
]
VALUE: list[Column[CountRow]] = [
    of(
        "value",
        lambda row: f"{row.value:,}",
        right=True,
        also=("macs", "flops", "cost"),
        quantity=Quantity(lambda row: row.value, lambda row: row.unit),
    ),
    of("", lambda row: f"= {scaled(row.value)} {row.unit}s", key="scaled"),
    of("params", lambda row: f"{row.params:,}", right=True, quantity=Quantity(lambda row: row.params)),
]
KIND: list[Column[KindRow]] = [
    *HEAD,
    of("kind", lambda row: row.kind),
    of("count", lambda row: f"{row.count:,}", right=True),
    of("price", lambda row: row.price, right=True),
    of("value", lambda row: f"{row.value:,}", right=True),
]
BITS: Column[CountRow] = of(
    "bits",
    lambda row: "; ".join(f"{label}: {n:,}" for label, n in row.bits.items()),
)
BY: Column[CountRow] = of("by", lambda row: row.by)
OURS: list[Column[CountRow]] = [*HEAD, *VALUE, BITS]
MODULE: list[Column[ModuleRow]] = [
    *HEAD,
    of("module", lambda row: row.module),
    of("value", lambda row: f"{row.value:,}", right=True),
    of("share", lambda row: f"{fixed(100 * row.share, 2)} %", right=True),
]


def _require_choice(by: str | None) -> None:
    if by == "kind":
        require_choice(KIND)
    elif by == "module":
        require_choice(MODULE)
    else:
        require_choice(OURS)


def _ours(args: argparse.Namespace) -> str:
    from effbench.counting.by_tool import count_by_pass, kinds, modules

    chosen = convention(args.convention or "macs")
    _require_choice(args.by)
    typed = names(args)
    found: list[list[CountRow]] = []
    with Progress() as told:
        for name in typed:
            if len(typed) > 1:
                told(len(typed) - len(found), name)
            one = count_by_pass(
                name,
                args.size,
                chosen,
                backward=args.backward,
                strict=args.strict,
                inputs=parse_inputs(args.input),
                batch=args.batch,
                device=args.device,
            )
            found.append(one)
    rows = [row for one in found for row in one]
    before = [f"{name}: " if len(typed) > 1 else "" for name in typed]
    unpriced = [f"{who}no price: {line}" for who, one in zip(before, found, strict=True) for line in one[0].uncounted]
    every = "Every operator of the network has a price or computes nothing."
    if len(typed) > 1:
        every = every.replace("the network", "each network")
    notes = [f"{chosen.name} [{chosen.unit}]: {chosen.doc}.", *(unpriced or [every])]
    if args.by == "kind":
        return render([part for row in rows for part in kinds(row, chosen)], KIND, args.format, notes=notes)
    if args.by == "module":
        parts = [part for row in rows for part in modules(row, chosen, depth_of(args))]
        return render(parts, MODULE, args.format, notes=notes)
    if not any(set(row.bits) - {"32x32"} for row in rows):
        return render(rows, [*HEAD, *VALUE], args.format, notes=notes)
    notes.append("bits: of the numbers that are multiplied, activations x weights, and their multiply-accumulates.")
    return render(rows, OURS, args.format, notes=notes)


def _theirs(args: argparse.Namespace) -> str:
    from effbench.counting.by_tool import tool_count

    device = None if args.device == "auto" else args.device
    inputs = parse_inputs(args.input)
    theirs: list[Column[CountRow]] = [*HEAD, *VALUE, BY]
    require_choice(theirs)
    rows = [tool_count(name, args.size, args.counter, device, inputs, args.batch) for name in names(args)]
    before = [f"{row.model}: " if len(rows) > 1 else "" for row in rows]
    notes = [
        f"{who}not counted, in its own words: {'; '.join(row.uncounted)}"
        for who, row in zip(before, rows, strict=True)
        if row.uncounted
    ]
    return render(rows, theirs, args.format, notes=notes)
