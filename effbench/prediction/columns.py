"""The columns of the fit: what a network does for one image, kind by kind, as a machine's time is charged for it."""

from __future__ import annotations

from collections.abc import Mapping

from effbench.cost.launches import PER_RUN

COLUMNS: dict[str, tuple[str, ...]] = {
    "macs of dense convolutions": ("macs_dense",),
    "macs of convolutions of the image": ("macs_stem",),
    "macs of pointwise convolutions": ("macs_pointwise",),
    "macs of linear layers": ("macs_linear",),
    "macs of grouped convolutions": ("macs_grouped",),
    "taps of grouped convolutions": ("taps_grouped",),
    "macs of depthwise convolutions": ("macs_depthwise",),
    "macs of large depthwise convolutions": ("macs_depthwise_large",),
    "macs of attention": ("macs_attention", "macs_masked"),
    "macs of products of activations": ("macs_product",),
    "macs of unaligned channels": ("macs_unaligned",),
    "macs on small maps": ("macs_small",),
    "moved by dense convolutions": ("read_dense", "written_dense", "read_stem", "written_stem"),
    "moved by pointwise convolutions": ("read_pointwise", "written_pointwise"),
    "moved by linear layers": ("read_linear", "written_linear"),
    "moved by grouped convolutions": ("read_grouped", "written_grouped"),
    "moved by depthwise convolutions": (
        *("read_depthwise", "written_depthwise", "read_depthwise_large", "written_depthwise_large"),
    ),
    "moved by products of activations": ("moved_product",),
    "moved by attention": ("moved_attention",),
    "moved by masked attention": ("moved_masked",),
    "scores of attention": ("scores_attention",),
    "scores of masked attention": ("scores_masked",),
    "moved by batch norms": ("moved_batch_norm",),
    "moved by layer norms": ("moved_layer_norm",),
    "moved by group norms": ("moved_group_norm",),
    "moved by softmax": ("moved_softmax",),
    "moved by activations": ("moved_activation",),
    "moved by relu": ("moved_relu",),
    "moved by arithmetic": ("moved_arithmetic",),
    "moved by copies": ("moved_copy",),
    "moved by pools": ("moved_pool",),
    "moved by reductions": ("moved_reduction", "moved_other"),
    "weights of convolutions": ("weights_conv",),
    "weights of linear layers": ("weights_linear",),
    "weights prepared": ("prepared",),
    "runs of convolutions": ("runs_conv",),
    "runs of products": ("runs_linear", "runs_product"),
    "runs of others": ("runs_norm", "runs_pass", "runs_copy", "runs_prepared"),
    "one run": (),
}
"""Column -> the terms of ``cost.launches`` that it adds up; none: one a run, whatever the network."""

SHARED = frozenset(name for name, terms in COLUMNS.items() if all(term in PER_RUN for term in terms))
"""Columns that the images of a batch share."""


def values(terms: Mapping[str, int], batch: int) -> list[float]:
    """Of one image of a batch, in the order of COLUMNS: multiply-accumulates, elements or runs."""
    return [
        (sum(terms.get(one, 0) for one in added) if added else 1) / (batch if name in SHARED else 1)
        for name, added in COLUMNS.items()
    ]
