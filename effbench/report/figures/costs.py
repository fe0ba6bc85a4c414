"""Figures from formulas alone: layer-count maps, cost against image size, and where multiply-accumulates go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from effbench.claims.load import paper
from effbench.claims.paper import Claim
from effbench.claims.ranking import figure_of
from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import ATTENTION_KINDS, MAC_KINDS
from effbench.counting.operations import operations
from effbench.maps.figure import draw
from effbench.maps.flops import paper_map
from effbench.maps.paper import PRESETS, paper_grid
from effbench.models.registry import resolve
from effbench.render.charts.lines import cost_by_size
from effbench.render.charts.ranges import stacked
from effbench.report.figures.figure import Figure, rounded

SIZES = (224, 256, 320, 384, 448, 512)
"""Image sides of the curves, pixels: those of Table 2 of arXiv:2502.10120 and others that all its models can have."""

CURVES = (
    ("vit_base_patch16_gap", "ci2p"),
    ("ci2p_vit", "ci2p"),
    ("ci2p_vit_ds", "ci2p"),
    ("ci2p_vit_ds", "ci2p_fused_attention"),
)
"""Model and convention of each curve: the columns of that table, the third as it is printed and like the others."""

TAKEN_APART = (
    "vit_base_patch16_gap",
    "ci2p_vit",
    "ci2p_vit_ds",
    "token_fusion_early",
    "token_fusion_late",
    "token_fusion_layerwise",
    "vit_imagenet:12",
    "ravit_imagenet:1-1-8",
    "vit_tiny_imagenet:4",
    "ravit_tiny_imagenet:2-0-3",
    "vit_cifar10:4",
    "ravit_cifar10:1-3",
)
"""Models of the papers, each plain ViT before what is compared with it."""

PARTS: Mapping[str, Callable[[str, str], bool]] = {
    "convolutions": lambda path, kind: kind == "mac_conv",
    "attention products": lambda path, kind: kind in ATTENTION_KINDS,
    "attention projections": lambda path, kind: ".attn." in path,
    "MLP": lambda path, kind: ".mlp." in path,
    "other linear layers": lambda path, kind: True,
}
"""Part -> whether a (module path, kind) is of it; the first that says so."""


def cost_figures() -> list[Figure]:
    """Every figure that formulas alone give."""
    return [*map(_layer_map, PRESETS), _size_curves(), _parts()]


def _layer_map(dataset: str) -> Figure:
    made = paper_map(paper_grid(dataset, convention("ravit")))
    return Figure(
        name=f"layer_map_{dataset}",
        title=f"RAViT on {dataset}: FLOPs by layer counts (arXiv:2602.24159, Figures 3 and 5)",
        rows=made.rows,
        draw=partial(draw, made),
    )


def _size_curves() -> Figure:
    printed = {(c.model, c.size): c for c in paper("ci2p_vit").claims if _is_cost_of_table_2(c)}
    rows = [_size_row(model, name, size, printed) for model, name in CURVES for size in SIZES]
    title = "CI2P-ViT: cost against image size (arXiv:2502.10120, Table 2)"
    return Figure(name="cost_by_image_size", title=title, rows=rows, draw=lambda: cost_by_size(rows, title=title))


def _is_cost_of_table_2(claim: Claim) -> bool:
    return claim.where == "Table 2" and claim.metric == "flops" and claim.relation is None and claim.unit == "G"


def _size_row(model: str, name: str, size: int, printed: Mapping[Any, Claim]) -> dict[str, Any]:
    """The published figure stands where our count under that convention prints as it."""
    value = int(convention(name).total(operations(model, size).counts))
    claim = printed.get((model, size))
    near = claim is not None and abs(value - figure_of(claim).value) <= figure_of(claim).step
    return {
        "model": model,
        "convention": name,
        "size": size,
        "value": value,
        "unit": convention(name).unit,
        "source": "analytic",
        "published": int(figure_of(claim).value) if claim is not None and near else None,
    }


def _parts() -> Figure:
    rows = [_part_row(name) for name in TAKEN_APART]
    title = "Where the multiply-accumulates go, by module and kind"
    return Figure(
        name="macs_by_module", title=title, rows=rows, draw=lambda: stacked(rows, list(PARTS), title=f"{title}, %")
    )


def _part_row(name: str) -> dict[str, Any]:
    found, size = operations(name), resolve(name).spec.image_size
    shares = parts(found.counts)
    total = sum(shares.values())
    return {
        "label": f"{name}, {size}²",
        "model": name,
        "size": size,
        "macs": total,
        "source": found.source,
        **{part: rounded(n / total) for part, n in shares.items()},
    }


def parts(counts: OpCounts) -> dict[str, int]:
    """Multiply-accumulates of each of PARTS."""
    sums = dict.fromkeys(PARTS, 0)
    for (path, kind), n in counts.items.items():
        if kind in MAC_KINDS:
            sums[next(part for part, holds in PARTS.items() if holds(f".{path}.", kind))] += int(n)
    return sums
