"""``effbench list``."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from effbench.cli.manner import add_choice
from effbench.cli.parser import Parser
from effbench.errors import EffbenchError, UnknownName
from effbench.files.atomic import emit
from effbench.models.registry import Entry, entries, named_models, resolve
from effbench.render.numbers import scaled
from effbench.render.table import Column, Quantity, of, render

SUMMARY = "list the registered models"
EXAMPLES = """\
  effbench list
  effbench list --paper ravit
  effbench list --family token_fusion --format json"""

NOTE = (
    "Names with a colon are examples: any legal arguments work, e.g. ravit_cifar10:2-7 or "
    "vit_base_patch16:depth=6,width=384."
)


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """A registered model: its image side in pixels, and its parameters where a formula gives them."""

    model: str
    family: str
    size: int
    params: int | None
    papers: str
    source: str


def configure(parser: Parser) -> None:
    parser.add_argument("--family", metavar="F", help="only models of this family")
    parser.add_argument("--paper", metavar="P", help="only models that stand in this paper")
    parser.add_output()
    add_choice(parser)


def run(args: argparse.Namespace) -> int:
    rows = [_row(name) for name in named_models(_selected(args.family, args.paper))]
    if not rows:
        raise EffbenchError(f"no model of family {args.family!r} stands in paper {args.paper!r}")
    columns: list[Column[ModelRow]] = [
        of("model", lambda row: row.model),
        of("family", lambda row: row.family),
        of("size", lambda row: row.size, right=True),
        of(
            "params",
            lambda row: row.params,
            lambda value: scaled(value, 2),
            right=True,
            quantity=Quantity(lambda row: row.params),
        ),
        of("papers", lambda row: row.papers),
        of("source", lambda row: row.source),
    ]
    emit(render(rows, columns, args.format, notes=[NOTE]), args.output)
    return 0


def _selected(family: str | None, paper: str | None) -> list[Entry]:
    every = list(entries().values())
    families = {entry.family.name for entry in every}
    papers = {paper for entry in every for paper in entry.papers}
    if family is not None and family not in families:
        raise UnknownName("family", family, families)
    if paper is not None and paper not in papers:
        raise UnknownName("paper", paper, papers)
    return [e for e in every if family in (None, e.family.name) and (paper is None or paper in e.papers)]


def _row(name: str) -> ModelRow:
    model = resolve(name)
    return ModelRow(
        model=name,
        family=model.entry.family.name,
        size=model.spec.image_size,
        params=int(model.cost().params) if model.has_formula else None,
        papers=", ".join(model.entry.papers),
        source=model.entry.family.source,
    )
