"""Where a network's multiply-accumulates go, by module and kind, as shares of bars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from effbench.cost.counts import OpCounts
from effbench.cost.kinds import ATTENTION_KINDS, MAC_KINDS
from effbench.counting.operations import operations
from effbench.models.registry import resolve
from effbench.render.canvas import COLOURS, Images, canvas
from effbench.report.figures.figure import Figure, rounded

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


@dataclass(frozen=True, kw_only=True)
class PartsRow:
    """A model taken apart. Attributes: macs: of one image; shares: of each of PARTS, 0 to 1."""

    model: str
    size: int
    macs: int
    source: str
    shares: Mapping[str, float]

    @property
    def label(self) -> str:
        """Model and image side."""
        return f"{self.model}, {self.size}²"

    def plain(self) -> Mapping[str, object]:
        """A column a part."""
        about = {name: getattr(self, name) for name in ("label", "model", "size", "macs", "source")}
        return {**about, **self.shares}


def parts_figure() -> Figure:
    """The papers' models."""
    rows = [_row(name) for name in TAKEN_APART]
    title = "Where the multiply-accumulates go, by module and kind"
    return Figure(name="macs_by_module", title=title, rows=rows, draw=partial(draw, rows, title=f"{title}, %"))


def _row(name: str) -> PartsRow:
    found = operations(name)
    macs = parts(found.counts)
    total = sum(macs.values())
    shares = {part: rounded(n / total) for part, n in macs.items()}
    return PartsRow(model=name, size=resolve(name).spec.image_size, macs=total, source=found.source, shares=shares)


def parts(counts: OpCounts) -> dict[str, int]:
    """Multiply-accumulates of each of PARTS."""
    sums = dict.fromkeys(PARTS, 0)
    for (path, kind), n in counts.items.items():
        if kind in MAC_KINDS:
            sums[next(part for part, holds in PARTS.items() if holds(f".{path}.", kind))] += int(n)
    return sums


def draw(rows: Sequence[PartsRow], *, title: str) -> Images:
    """A stacked bar a model, the first on top; shares too small for their number have none."""
    with canvas(size=(9.2, 1.7 + 0.33 * len(rows)), title=title) as made:
        (axes,) = made.axes
        labels, start = [row.label for row in rows][::-1], [0.0] * len(rows)
        for place, part in enumerate(rows[0].shares):
            shares = [100 * row.shares[part] for row in rows][::-1]
            colour = (5, 0, 4, 2, 3)[place % 5]
            bars = axes.barh(labels, shares, left=start, color=COLOURS[colour], label=part)
            texts, ink = [f"{s:.0f}" if s >= 3.5 else "" for s in shares], "black" if colour else "white"
            axes.bar_label(bars, texts, label_type="center", fontsize=7, color=ink)
            start = [a + b for a, b in zip(start, shares, strict=True)]
        axes.set(xlabel="share of the multiply-accumulates, %", xlim=(0, 100))
        axes.grid(axis="y", visible=False)
        made.figure.legend(loc="outside lower center", ncols=len(rows[0].shares), fontsize=8)
    return made.images
