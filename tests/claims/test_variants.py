"""Networks that a figure may be of instead."""

from __future__ import annotations

from fractions import Fraction

import pytest

from effbench.claims.variants import variants
from effbench.cost.convention import convention
from effbench.counting.operations import operations


@pytest.mark.parametrize("side", [160, 192, 240, 256, 288, 320, 384, 448, 512])
def test_a_figure_of_another_side_that_papers_use_is_found(side):
    there = int(convention("macs").total(operations("vit_base_patch16", side).counts))
    counts = operations("vit_base_patch16", 224).counts
    found = variants("vit_base_patch16", 224, counts, Fraction(there))
    assert [one.values(params=False)["macs"] for one in found if one.said == f"at {side}²"] == [there]
