"""The shipped counts against the committed atlas, PyTorch's own counter among its columns, and the installed timm."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("name", ["resnet18", "test_vit", "mobilenetv3_small_050.lamb_in1k"])
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
