"""What is watched against what the counter counts, and against shapes."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("timm")

import torch
from torch import nn

from effbench.cost.launches import OF_OTHERS
from effbench.counting.atlas.worker import facts_of
from effbench.counting.counters.launches import network_terms


@pytest.mark.parametrize("name", ["test_vit", "resnet18", "mobilenetv3_small_050", "test_convnext", "regnetx_002"])
def test_macs_are_those_of_the_counter(name):
    facts = facts_of(name, time=True)
    counted = sum(n for kind, n in facts.kinds.items() if kind.startswith("mac_"))
    watched = sum(n for term, n in facts.terms.items() if term.startswith("macs_") and term not in OF_OTHERS)
    assert watched == counted


def test_terms_of_a_block_are_those_of_its_shapes():
    with torch.device("meta"):
        network = nn.Sequential(nn.Conv2d(3, 16, 4, 4), nn.Flatten(2), nn.LayerNorm(64), nn.Linear(64, 8), nn.GELU())
    found = network_terms(network.eval(), (32, 32))
    assert found["macs_stem"] == 64 * 16 * 48
    assert found["macs_linear"] == 16 * 64 * 8
    assert found["moved_layer_norm"] == 2 * 16 * 64
    assert found["moved_activation"] == 2 * 16 * 8
    assert (found["runs_conv"], found["runs_linear"], found["runs_norm"], found["runs_pass"]) == (1, 1, 1, 1)


def test_parts_keep_every_convention_of_kinds():
    from effbench.cost.convention import conventions
    from effbench.cost.counts import OpCounts

    facts = facts_of("test_vit", time=True)
    merged = OpCounts({(path, kind): n for path, kinds in facts.parts.items() for kind, n in kinds.items()})
    by_kind = {name: one for name, one in conventions().items() if not one.calls}
    assert {"macs", "flops", "ci2p", "ravit"} <= set(by_kind)
    assert all(one.total(merged) == facts.totals[name] for name, one in by_kind.items())
