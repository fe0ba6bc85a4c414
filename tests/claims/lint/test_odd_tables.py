"""Whatever stands in a table, lint answers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from effbench.claims.lint.check import check
from effbench.claims.lint.read import Table

HEADS = st.sampled_from(
    ["Model", "FLOPs (G)", "#Params", "% FLOPs", "Δ MACs", "Top-1", "Size", "MFLOPs", "Speed-up", ""]
)
CELLS = st.sampled_from(
    ["Swin-T", "0", "0.0", "-", "", "1.2.3", "28M", "4.5G", "100%", "224", "384^2", "4.5(3% ↓) G", "9" * 40, "½", "{"]
)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(2, 5))
def test_no_table_breaks_it(data, width):
    heads = data.draw(st.lists(HEADS, min_size=width, max_size=width))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5))
    found = check(Table("", tuple(heads), tuple(map(tuple, rows))), {}).findings
    assert all(one.text and one.finding for one in found)
