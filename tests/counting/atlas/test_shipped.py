"""The counts that come with the package, by hand and against networks that are built."""

from __future__ import annotations

import pytest

from effbench.cost.convention import conventions
from effbench.counting.atlas.shipped import shipped


def at(name, side=224):
    return next(row for row in shipped()[name] if row.height == side)


def test_a_vision_transformer_is_that_of_the_arithmetic():
    # 12 · (12·197·768² + 2·197²·768) + 196·768² + 768·1000
    macs = 12 * (12 * 197 * 768**2 + 2 * 197**2 * 768) + 196 * 768**2 + 768 * 1000
    row = at("vit_base_patch16_224")
    assert row.costs()["macs"] == macs
    assert row.costs()["fvcore"] == macs + 5 * 25 * 197 * 768
    assert row.params() == {"all parameters": 86_567_656, "without head": 86_567_656 - 769_000}


def test_a_classifier_of_more_than_1000_classes_is_taken_for_1000():
    assert at("tiny_vit_5m_224").params()["all parameters"] == 5_392_764


def test_most_of_timm_and_torchvision_is_there():
    assert len(shipped()) > 1200
    assert sum(name.startswith("torchvision/") for name in shipped()) > 60
    assert all(sum(row.is_own for row in rows) == 1 for rows in shipped().values())


@pytest.mark.parametrize("name", ["resnet50", "convnext_tiny", "swin_tiny_patch4_window7_224", "efficientnet_b0"])
def test_what_is_shipped_is_what_is_counted(name):
    pytest.importorskip("timm")
    from effbench.counting.atlas.worker import facts_of

    facts = facts_of(name, 224)
    row = at(name)
    assert row.kinds == facts.kinds
    whole = [key for key in row.costs() if not conventions()[key].exclude]  # others leave out a head by its path
    assert {key: row.costs()[key] for key in whole} == {key: facts.totals[key] for key in whole}
