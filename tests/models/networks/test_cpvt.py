"""CPVT: exact size and cost, and where its positions come from."""

from __future__ import annotations

from functools import cache

import pytest

from effbench.errors import SpecError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from effbench.models.networks.cpvt import CPVT  # noqa: E402


@cache
def on_meta(name: str):
    with torch.device("meta"):
        return resolve(name).build().eval()


def parameters(name: str) -> int:
    return sum(p.numel() for p in on_meta(name).parameters())


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
def test_parameters(name, expected):
    assert parameters(name) == expected


def test_parameters_are_deits_with_encodings_for_the_position_table():
    assert parameters("cpvt_base") == resolve("deit_base_patch16").cost().params - 197 * 768 + 5 * 10 * 768


# L tokens of width D on a 14x14 map: patches 196*768*D, blocks 12LD² + 2L²D, encodings 196*9*D, head 1000D.
@pytest.mark.parametrize(
    ("name", "d", "tokens", "expected"),
    [("cpvt_base", 768, 197, 17_570_601_984), ("cpvt_tiny_gap", 192, 196, 1_248_257_280)],
)
def test_macs(name, d, tokens, expected):
    with FlopCounterMode(display=False) as counter:
        on_meta(name)(torch.empty(1, 3, 224, 224, device="meta"))
    blocks = 12 * (12 * tokens * d**2 + 2 * tokens**2 * d)
    assert counter.get_total_flops() // 2 == expected == 196 * 768 * d + blocks + 5 * 196 * 9 * d + 1000 * d


def small(*, pegs: int = 1, class_token: bool = True) -> CPVT:
    torch.manual_seed(0)
    return CPVT(
        num_classes=5,
        patch_size=8,
        width=16,
        depth=2,
        num_heads=2,
        mlp_ratio=4,
        pegs=pegs,
        class_token=class_token,
    )


@pytest.mark.parametrize("class_token", [True, False])
def test_trains(class_token):
    model = small(class_token=class_token)
    logits = model(torch.randn(2, 3, 32, 32))
    logits.square().sum().backward()
    assert logits.shape == (2, 5)
    assert all(p.grad.isfinite().all() for p in model.parameters())


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
    model = small(pegs=pegs).eval()
    image = torch.randn(1, 3, 32, 32)
    moved = image.roll((8, 16), dims=(2, 3))  # by whole patches
    assert torch.allclose(model(image), model(moved), atol=1e-5) == same


def test_more_encodings_than_blocks_are_refused():
    with pytest.raises(SpecError, match="pegs must be between 0 and 12"):
        resolve("cpvt_base:pegs=13")
