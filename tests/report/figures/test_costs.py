from __future__ import annotations

from effbench.claims.load import paper
from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.counting.operations import operations
from effbench.report.figures.costs import TAKEN_APART, cost_figures, parts


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


def test_the_curves_pass_through_every_figure_of_table_2() -> None:
    curves = next(figure for figure in cost_figures() if figure.name == "cost_by_image_size")
    printed = [row["published"] for row in curves.rows if row["published"] is not None]
    claims = [c for c in paper("ci2p_vit").claims if c.where == "Table 2" and c.metric == "flops" and c.unit == "G"]
    assert sorted(printed) == sorted(round(float(claim.digits) * 1e9) for claim in claims)
    # the third model is printed as ci2p_fused_attention counts it, and on no other curve
    (ds,) = {row["convention"] for row in curves.rows if row["model"] == "ci2p_vit_ds" and row["published"]}
    assert ds == "ci2p_fused_attention"
