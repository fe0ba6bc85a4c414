"""Row names of tables that nobody here typed, and the models that they mean."""

from __future__ import annotations

import pytest

from effbench.claims.lint.names import named


@pytest.mark.parametrize(
    ("row", "side", "model"),
    [
        ("DeiT-B", 224, "deit_base_patch16"),
        ("DeiT-B", 384, "deit_base_patch16_384"),  # another name, and the only one of that side
        ("CaiT-S24", 384, "cait_s24_384"),
        ("VOLO-D1", 384, "volo_d1_384"),
    ],
)
def test_a_row_is_the_model_of_its_image_side(row, side, model):
    assert named(row, family="", side=side, given={}).model == model
