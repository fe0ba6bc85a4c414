from __future__ import annotations

from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.counting.operations import operations
from effbench.report.figures.parts import TAKEN_APART, parts


def test_every_part_is_counted_once() -> None:
    for name in TAKEN_APART:
        counts = operations(name).counts
        assert sum(parts(counts).values()) == convention("macs").total(counts)


def test_operations_are_told_apart_by_module_and_kind() -> None:
    counts = OpCounts(
        {
            ("blocks.0.attn.qkv", "mac_linear"): 1,
            ("blocks.0.attn", "mac_qk"): 2,
            ("branches.0.blocks.0.mlp.fc1", "mac_linear"): 4,
            ("patch_embed.proj", "mac_conv"): 8,
            ("head", "mac_linear"): 16,
            ("blocks.0.norm", "layer_norm_elem"): 32,
        }
    )
    assert parts(counts) == {
        "convolutions": 8,
        "attention products": 2,
        "attention projections": 1,
        "MLP": 4,
        "other linear layers": 16,
    }
