"""Names that come near one that nobody has, whatever prefix or spelling it was typed with."""

from __future__ import annotations

import pytest

from effbench.errors import UnknownName
from effbench.models.nearby import nearby
from effbench.models.registry import resolve

OURS = ["vit_base_patch16", "vit_base_patch16_gap", "mvitv2_base", "ci2p_vit", "resnet50"]
TIMM = {"timm": ["vit_base_patch16_224", "vit_base_patch16_384", "resnet50", "convnext_tiny", "deit3_small"]}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("vit_base", "vit_base_patch16"),
        ("vit_base_patch16_224", "timm/vit_base_patch16_224"),
        ("timm/vit_base_patch16", "vit_base_patch16"),
        ("google/vit-base-patch16-224", "timm/vit_base_patch16_224"),
        ("ViT_Base_Patch16", "vit_base_patch16"),
        ("timm/resnet5", "timm/resnet50"),
        ("convnext_tny", "timm/convnext_tiny"),
        ("deit3", "timm/deit3_small"),
        ("vit_base_patch16_224:depth=3", "timm/vit_base_patch16_224"),
        ("ci2p-vit", "ci2p_vit"),
    ],
)
def test_the_likeliest_comes_first(typed, first):
    assert nearby(typed, OURS, TIMM)[0] == first


def test_nothing_near_is_nothing():
    assert nearby("qqqqqqqqqq", OURS, TIMM) == []


@pytest.mark.parametrize("typed", ["vit_base_patch16_224", "timm/vit_base_patch16"])
def test_every_offer_is_a_model(typed):
    with pytest.raises(UnknownName) as caught:
        resolve(typed)
    offers = str(caught.value).partition("did you mean ")[2].partition("?")[0].split(" or ")
    assert [resolve(name).name for name in offers] == offers
