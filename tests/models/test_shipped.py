"""The shipped counts against the committed atlas, PyTorch's own counter among its columns, and the installed timm."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from effbench.cost.convention import conventions
from effbench.models.registry import resolve
from effbench.models.shipped import mismatch, shipped

ATLAS = Path(__file__).parents[2] / "reports" / "atlas" / "atlas.csv"


def test_counts_are_those_of_the_atlas():
    with ATLAS.open(encoding="utf-8", newline="") as stream:
        table = [row for row in csv.DictReader(stream) if not row["failed"]]
    for row in table:
        network = shipped().find(row["model"])
        assert network is not None, row["model"]
        assert (network.macs, network.params) == (int(row["macs"]), int(row["params"])), row["model"]
        assert network.counts.by_kind().get("mac_conv", 0) == int(row["mac_conv"]), row["model"]


def test_a_published_size_is_found_and_another_is_not():
    own, larger = shipped().find("resnet50"), shipped().find("resnet50", 288)
    assert own is not None
    assert larger is not None
    assert (own.size, larger.size, own.params) == (224, 288, larger.params)
    assert larger.macs > own.macs
    assert shipped().find("resnet50", 225) is None
    assert shipped().find("no_such_model") is None


def test_timm_models_have_their_size_without_timm(monkeypatch):
    monkeypatch.setattr("effbench.models.families.timm_zoo._timm_version", lambda: "none")
    assert resolve("timm/vit_base_patch16_384").spec.image_size == 384


def test_another_timm_is_said(monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.9.0")
    assert "timm 0.9.0 is installed" in mismatch()
    monkeypatch.setattr("importlib.metadata.version", lambda name: shipped().made_with["timm"])
    assert mismatch() == ""


@pytest.mark.parametrize("name", ["resnet18", "test_vit", "mobilenetv3_small_050.lamb_in1k", "torchvision/resnet18"])
def test_what_is_counted_now_is_what_is_shipped(name):
    pytest.importorskip("torch")
    timm = pytest.importorskip("timm")
    if timm.__version__ != shipped().made_with["timm"]:
        pytest.skip("the counts are of another timm")
    from effbench.counting.atlas.worker import facts_of

    network, facts = shipped().find(name), facts_of(name, time=True)
    assert network is not None
    assert network.terms == facts.terms
    assert network.counts.by_kind() == facts.kinds
    whole = [key for key in network.costs if not conventions()[key].exclude]  # others leave out a head by its path
    assert {key: network.costs[key] for key in whole} == {key: facts.totals[key] for key in whole}


def test_a_vision_transformer_is_that_of_the_arithmetic():
    # 12 · (12·197·768² + 2·197²·768) + 196·768² + 768·1000
    macs = 12 * (12 * 197 * 768**2 + 2 * 197**2 * 768) + 196 * 768**2 + 768 * 1000
    network = shipped().find("vit_base_patch16_224")
    assert network.costs["macs"] == macs
    assert network.costs["fvcore"] == macs + 5 * 25 * 197 * 768
    assert network.scopes == {"all parameters": 86_567_656, "without head": 86_567_656 - 769_000}


def test_a_classifier_of_more_than_1000_classes_is_compared_as_one_of_1000():
    network = shipped().find("tiny_vit_5m_224")
    assert (network.text("classes"), network.scopes["all parameters"]) == ("21841", 5_392_764)
    assert network.costs["macs"] == network.macs - 320 * (21841 - 1000)


def test_every_architecture_of_timm_and_torchvision_has_its_own_size():
    known = shipped().architectures
    assert len(known) > 1200
    assert sum(name.startswith("torchvision/") for name in known) > 60


def test_a_network_of_torchvision_has_the_parameters_it_publishes():
    known = shipped().find("torchvision/resnet50")
    # https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.resnet50.html: num_params
    assert (known.size, known.scopes["all parameters"], known.family) == (224, 25_557_032, "torchvision")
    assert known.scopes["batch norm folded"] == 25_557_032 - 53_120  # 26,560 channels, scale and shift


@pytest.mark.parametrize("name", ["vit_base_patch16_384", "efficientnet_b4"])
def test_the_usual_size_is_there_beside_the_own_one(name):
    assert shipped().find(name).size != 224
    assert shipped().find(name, 224).size == 224
