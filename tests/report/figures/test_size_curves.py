from __future__ import annotations

from effbench.claims.load import paper
from effbench.report.figures.size_curves import size_curves_figure


def test_the_curves_pass_through_every_figure_of_table_2() -> None:
    curves = size_curves_figure()
    printed = [row.published for row in curves.rows if row.published is not None]
    claims = [c for c in paper("ci2p_vit").claims if c.where == "Table 2" and c.metric == "flops" and c.unit == "G"]
    assert sorted(printed) == sorted(round(float(claim.digits) * 1e9) for claim in claims)
    # the third model is printed as ci2p_fused_attention counts it, and on no other curve
    (ds,) = {row.convention for row in curves.rows if row.model == "ci2p_vit_ds" and row.published}
    assert ds == "ci2p_fused_attention"
