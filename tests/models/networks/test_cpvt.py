"""CPVT: exact size and cost, and where its positions come from."""

from __future__ import annotations

import pytest

from effbench.errors import SpecError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")


# As a plain ViT: patches 768D + D, blocks 12D² + 13D, norm 2D, head 1000D + 1000; a class token D; no position table;
# per position encoding 9D + D. For D = 768: 86 454 760.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cpvt_base", 86_454_760),
        ("cpvt_base:pegs=1", 86_454_760 - 4 * 10 * 768),
        ("cpvt_tiny_gap", 5_689_000),
        ("cpvt_tiny_gap:pegs=1", 5_689_000 - 4 * 10 * 192),
    ],
)
def test_parameters(counted, name, expected):
    assert counted(name)[0] == expected


def test_parameters_are_deits_with_encodings_for_the_position_table(counted):
    assert counted("cpvt_base")[0] == resolve("deit_base_patch16").cost().params - 197 * 768 + 5 * 10 * 768


# L tokens of width D on a 14x14 map: patches 196*768*D, blocks 12LD² + 2L²D, encodings 196*9*D, head 1000D.
@pytest.mark.parametrize(
    ("name", "d", "tokens", "expected"),
    [("cpvt_base", 768, 197, 17_570_601_984), ("cpvt_tiny_gap", 192, 196, 1_248_257_280)],
)
def test_macs(counted, name, d, tokens, expected):
    blocks = 12 * (12 * tokens * d**2 + 2 * tokens**2 * d)
    assert counted(name)[1] == expected == 196 * 768 * d + blocks + 5 * 196 * 9 * d + 1000 * d


def small(options: str = "pegs=1"):
    torch.manual_seed(0)
    return resolve(f"cpvt_base:num_classes=5,patch_size=8,width=16,depth=2,num_heads=2,{options}").at_size(32).build()


@pytest.mark.parametrize("class_token", ["yes", "no"])
def test_every_parameter_learns(learns, class_token):
    learns(small(f"pegs=1,class_token={class_token}"), 32)


def test_one_network_takes_any_size_its_patches_divide():
    model = small().eval()
    assert [model(torch.randn(1, 3, *size)).shape for size in ((32, 32), (40, 64))] == [(1, 5), (1, 5)]


def test_class_token_passes_the_encoding_unchanged():
    model = small()
    x = torch.randn(2, 1 + 16, 16)
    encoded = model.with_positions(model.pegs[0], x, (4, 4))
    torch.testing.assert_close(encoded[:, 0], x[:, 0], rtol=0, atol=0)
    assert not torch.allclose(encoded[:, 1:], x[:, 1:])


# Attention and MLP do not know where a patch is: only the encodings can tell an image from one with its patches turned.
@pytest.mark.parametrize(("pegs", "same"), [(0, True), (1, False)])
def test_order_of_patches_matters_only_through_the_encodings(pegs, same):
    model = small(f"pegs={pegs}").eval()
    image = torch.randn(1, 3, 32, 32)
    moved = image.roll((8, 16), dims=(2, 3))  # by whole patches
    assert torch.allclose(model(image), model(moved), atol=1e-5) == same


def test_more_encodings_than_blocks_are_refused():
    with pytest.raises(SpecError, match="pegs must be between 0 and 12"):
        resolve("cpvt_base:pegs=13")
