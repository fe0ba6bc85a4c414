"""``effbench export``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.naming import names
from effbench.cli.parser import Parser
from effbench.cli.paths import output_file, output_folder
from effbench.errors import EffbenchError, MissingExtra
from effbench.files.atomic import emit
from effbench.models.inputs import parse_inputs
from effbench.models.plugins import is_onnx
from effbench.models.registry import resolve
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.deploy.onnx_file import ExportedNetwork
    from effbench.early_exit.export import ExportedStage

SUMMARY = "export any network as one ONNX file, or one with early exits as a file per stage, and check it"
EXAMPLES = """\
  effbench export timm/resnet18 --out resnet18.onnx
  effbench export net.py:Net --arg depth=4 --input 1x3x224x320 --input mask=1x64:bool --out net.onnx
  effbench export ravit_cifar10:1-3 --weights trained.pt --policy policy.json --out exported
  effbench export exit_vit_tiny:4-8 --out exported"""

TOLERANCE = 1e-4
FAILED = 1


def configure(parser: Parser) -> None:
    parser.add_network()
    parser.add_argument(
        "--out",
        type=_place,
        required=True,
        metavar="FILE.onnx or DIR",
        help="FILE.onnx: the whole network; a folder, which must not exist yet: a file per stage of early exits",
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="state dictionary of torch.save (default: random)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="policy to go with the stages, as JSON")
    parser.add_output()


def _place(text: str) -> Path:
    return output_file(text) if is_onnx(text) else output_folder(text)


def run(args: argparse.Namespace) -> int:
    (name,) = names(args)
    try:
        return _one_file(name, args) if is_onnx(args.out.name) else _stages(name, args)
    except ImportError as error:
        raise MissingExtra("exporting a network", error.name or "torch", "measure") from None


def _one_file(name: str, args: argparse.Namespace) -> int:
    from effbench.deploy.onnx_file import export_network

    if args.policy is not None:
        raise EffbenchError("--policy goes with a file per stage: give --out a folder")
    row = export_network(resolve(name, args.size, parse_inputs(args.input)), args.out, args.weights)
    agrees = row.max_diff < TOLERANCE
    notes = [
        "max diff: largest difference of an output, ONNX Runtime against PyTorch, over the largest absolute value of "
        f"that output (at least 1), on random inputs; {'below' if agrees else 'NOT below'} {TOLERANCE:g}.",
        _about_batch(row),
        _about_macs(row),
        *(f"no price: {line}" for line in row.uncounted),
        _about_weights(args),
    ]
    columns: list[Column[ExportedNetwork]] = [
        of("inputs", lambda row: row.inputs),
        of("batch", lambda row: "any" if row.any_batch else "as given"),
        of("bytes", lambda row: row.bytes, "{:,}".format, right=True),
        of("max diff", lambda row: row.max_diff, "{:.2g}".format, right=True),
        of("MACs", lambda row: row.macs, "{:,}".format, right=True),
        of("MACs of the file", lambda row: row.file_macs, "{:,}".format, right=True),
    ]
    emit(render([row], columns, args.format, title=f"{name} in {args.out}", notes=notes), args.output)
    return 0 if agrees else FAILED


def _about_batch(row: ExportedNetwork) -> str:
    if row.any_batch:
        return "The file takes batches of any size; it was compared in batches of 3 and of the inputs."
    return "The file takes inputs of these shapes alone: the network cannot be traced for batches of any size."


def _about_macs(row: ExportedNetwork) -> str:
    if row.macs == row.file_macs:
        return "effbench count gives the file the multiply-accumulates of the network."
    why = "what weights alone decide was computed while it was written" if row.folded else "its operators differ"
    return f"effbench count gives the file {row.file_macs - row.macs:+,} multiply-accumulates: {why}."


def _about_weights(args: argparse.Namespace) -> str:
    return f"Weights: {'random' if args.weights is None else args.weights}."


def _stages(name: str, args: argparse.Namespace) -> int:
    from effbench.early_exit.export import IMAGES, export_model, require_new

    if args.input:
        raise EffbenchError("--input goes with one file of the whole network: give --out FILE.onnx")
    require_new(args.out)
    rows = export_model(name, args.size, args.out, args.weights, args.policy)
    agree = all(row.max_abs_diff < TOLERANCE for row in rows)
    notes = [
        f"max abs diff: largest difference of a logit, ONNX Runtime against PyTorch, {IMAGES} random images, as a "
        f"batch and one by one; {'below' if agree else 'NOT below'} {TOLERANCE:g} at every exit.",
        f"{_about_weights(args)} "
        f"Policy: {'none, the runner must be given one' if args.policy is None else args.policy}.",
    ]
    columns: list[Column[ExportedStage]] = [
        of("exit", lambda row: row.exit, right=True),
        of("file", lambda row: row.file),
        of("bytes", lambda row: row.bytes, "{:,}".format, right=True),
        of("max abs diff", lambda row: row.max_abs_diff, "{:.2g}".format, right=True),
    ]
    emit(render(rows, columns, args.format, title=f"{name} in {args.out}", notes=notes), args.output)
    return 0 if agree else FAILED
