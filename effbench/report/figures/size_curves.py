"""Cost against image size: ours as lines, published figures as marks on them or beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from effbench.claims.load import paper
from effbench.claims.paper import Claim
from effbench.claims.readings import figure_of
from effbench.cost.convention import convention
from effbench.counting.operations import operations
from effbench.render.canvas import COLOURS, MARKERS, Images, canvas
from effbench.report.figures.figure import Figure

SIZES = (224, 256, 320, 384, 448, 512)
"""Image sides of the curves, pixels: those of Table 2 of arXiv:2502.10120 and others that all its models can have."""

CURVES = (
    ("vit_base_patch16_gap", "ci2p"),
    ("ci2p_vit", "ci2p"),
    ("ci2p_vit_ds", "ci2p"),
    ("ci2p_vit_ds", "ci2p_fused_attention"),
)
"""Model and convention of each curve: the columns of that table, the third as it is printed and like the others."""


@dataclass(frozen=True, kw_only=True)
class SizeRow:
    """A place of a curve. Attributes: value: ours, in ``unit``; published: where ours prints as the paper's figure."""

    model: str
    convention: str
    size: int
    value: int
    unit: str
    source: str = "analytic"
    published: int | None


def size_curves_figure() -> Figure:
    """Table 2 of the CI2P-ViT paper as curves."""
    printed = {(c.model, c.size): c for c in paper("ci2p_vit").claims if _is_cost_of_table_2(c)}
    rows = [_row(model, name, size, printed) for model, name in CURVES for size in SIZES]
    title = "CI2P-ViT: cost against image size (arXiv:2502.10120, Table 2)"
    return Figure(name="cost_by_image_size", title=title, rows=rows, draw=partial(draw, rows, title=title))


def _is_cost_of_table_2(claim: Claim) -> bool:
    return claim.where == "Table 2" and claim.metric == "flops" and claim.relation is None and claim.unit == "G"


def _row(model: str, name: str, size: int, printed: Mapping[tuple[str | None, int | None], Claim]) -> SizeRow:
    under, claim = convention(name), printed.get((model, size))
    value = int(under.total(operations(model, size).counts))
    near = claim is not None and abs(value - figure_of(claim).value) <= figure_of(claim).step
    published = int(figure_of(claim).value) if claim is not None and near else None
    return SizeRow(model=model, convention=name, size=size, value=value, unit=under.unit, published=published)


def draw(rows: Sequence[SizeRow], *, title: str) -> Images:
    """One line a model and convention."""
    with canvas(size=(7.2, 4.8), title=title) as made:
        (axes,) = made.axes
        for place, key in enumerate(dict.fromkeys((row.model, row.convention) for row in rows)):
            own = [row for row in rows if (row.model, row.convention) == key]
            colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
            sizes, values = [row.size for row in own], [row.value / 1e9 for row in own]
            axes.plot(sizes, values, color=colour, linewidth=1.4, label=f"{key[0]}, {key[1]}")
            marked = [(row.size, row.published / 1e9) for row in own if row.published is not None]
            axes.plot(*zip(*marked, strict=True) if marked else ([], []), marker, color=colour, markersize=7)
        axes.plot([], [], "o", color="0.4", label="marks: as the paper prints them")
        axes.set(
            xlabel="image side, pixels",
            ylabel="cost of one image, G in the convention's unit",
            xticks=sorted({row.size for row in rows}),
        )
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper left", fontsize=8)
    return made.images
