"""torchvision's classifiers by name: counted without it as the networks that it builds are."""

from __future__ import annotations

import pytest

from effbench.counting.operations import operations, shipped_or_counted
from effbench.errors import UnknownName
from effbench.models.families import torchvision_zoo
from effbench.models.registry import every_name, resolve


def test_a_name_has_the_size_of_its_weights():
    assert resolve("torchvision/resnet18").spec.image_size == 224
    assert resolve("torchvision/efficientnet_b1").spec.image_size == 240
    assert len(torchvision_zoo.known_names()) >= 70
    assert "torchvision/vit_b_16" in every_name()
    assert not [name for name in every_name(tagged=True) if name.startswith("timm/torchvision")]


@pytest.mark.parametrize("name", ["torchvision/resnet19", "timm/torchvision/resnet18", "torchvision/"])
def test_what_nobody_has_is_answered_with_what_there_is(name):
    with pytest.raises(UnknownName):
        resolve(name)


# RegNet computes its widths with tensors; GoogLeNet has heads that run in training alone; Inception is made for 299.
@pytest.mark.parametrize("name", ["mobilenet_v3_small", "regnet_x_400mf", "googlenet", "inception_v3", "vit_b_32"])
def test_shipped_counts_are_those_of_the_network(name):
    pytest.importorskip("torchvision")
    model = resolve(f"torchvision/{name}")
    shipped, counted = shipped_or_counted(model), operations(model.name)
    assert shipped.by.startswith("effbench, shipped counts (effbench ")
    assert shipped.counts.by_kind() == counted.counts.by_kind()


def test_any_other_size_is_counted():
    pytest.importorskip("torchvision")
    assert operations("torchvision/vit_b_32", 64).counts.params < operations("torchvision/vit_b_32").counts.params
