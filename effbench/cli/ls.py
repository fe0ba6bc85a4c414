"""``effbench list``."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from effbench.claims.load import paper
from effbench.claims.paper import Paper
from effbench.cli.manner import add_choice
from effbench.cli.parser import Parser
from effbench.errors import EffbenchError, UnknownName
from effbench.files.atomic import emit
from effbench.models.registry import entries, named_models, resolve
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
    about = None if args.paper is None else paper(args.paper)
    rows = [_row(name, about) for name in _selected(args.family, about)]
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


def _selected(family: str | None, about: Paper | None) -> list[str]:
    """Registered models, and with a paper also the networks of other packages, as timm's, that its figures name."""
    every = list(entries().values())
    families = {entry.family.name for entry in every}
    if family is not None and family not in families:
        raise UnknownName("family", family, families)
    of_paper = [e for e in every if about is None or about.key in e.papers]
    own = named_models(e for e in of_paper if family in (None, e.family.name))
    named = [] if about is None or family is not None else [c.model for c in about.claims if c.model]
    return list(dict.fromkeys([*own, *(name for name in named if "/" in name)]))


def _row(name: str, about: Paper | None) -> ModelRow:
    model = resolve(name)
    return ModelRow(
        model=name,
        family=model.entry.family.name,
        size=model.spec.image_size,
        params=int(model.cost().params) if model.has_formula else None,
        papers=", ".join(model.entry.papers) or (about.key if about else ""),
        source=model.entry.family.source,
    )
