"""Facts of single networks against published shapes, PyTorch's counter and what timm publishes."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("timm")

from effbench.counting.atlas.worker import facts_in, facts_of
from effbench.processes.process import our_worker


@pytest.fixture(scope="module")
def vit():
    return facts_of("vit_small_patch16_224", verify=True)


def test_multiply_accumulates_of_a_vit_are_those_of_its_shapes(vit):
    # 197 tokens, width 384, 12 blocks; a patch is 16²·3 numbers, of 196; the head has 1000 outputs.
    kinds = vit.kinds
    assert kinds["mac_conv"] == 196 * 768 * 384
    assert kinds["mac_linear"] == 12 * 12 * 197 * 384**2 + 384 * 1000
    assert kinds["mac_qk"] == kinds["mac_av"] == 12 * 197**2 * 384


def test_activations_are_outputs_of_products_attention_taken_apart(vit):
    # Patches; of a block qkv, scores of 6 heads, their product, projection, MLP up and down; head: 11.95 M.
    block = 197 * 3 * 384 + 6 * 197**2 + 197 * 384 + 197 * 384 + 197 * 4 * 384 + 197 * 384
    assert vit.activations == 196 * 384 + 12 * block + 1000


def test_pytorch_finds_the_same_products(vit):
    kinds = vit.kinds
    assert vit.torch == (kinds["mac_conv"], kinds["mac_linear"] + kinds["mac_qk"] + kinds["mac_av"])


def test_totals_are_under_every_convention(vit):
    assert vit.totals["flops"] == 2 * vit.totals["macs"]
    assert vit.totals["fvcore"] - vit.totals["macs"] == 25 * 5 * 197 * 384  # layer norms


def test_pytorch_is_asked_only_to_verify():
    facts = facts_of("resnet18")
    assert facts.torch is None
    assert facts.kinds["param"] == 11_689_512


def test_a_tag_has_its_own_size_and_classes():
    # ResNet-50 at 176² instead of 224²; without a classifier 2048·1000 products are missing.
    with_head, bare = facts_of("resnet50"), facts_of("resnet50.bamboo")
    assert with_head.kinds["mac_linear"] == 2_048_000
    assert "mac_linear" not in bare.kinds
    assert facts_of("resnet50.tv2_in1k").kinds["mac_conv"] < with_head.kinds["mac_conv"]


def test_another_size_can_be_asked_for():
    small = facts_of("vit_small_patch16_224", 160)
    assert small.kinds["mac_conv"] == 100 * 768 * 384  # 10 x 10 patches


def test_what_does_not_build_is_a_reason_in_one_line():
    facts = facts_of("no_such_model")
    assert list(facts.plain()) == ["failed"]
    assert facts.failed.count("\n") == 0


def test_a_process_answers_the_same():
    with our_worker("counting.atlas.worker") as worker:
        assert facts_in(worker, "test_vit", None, True) == facts_of("test_vit", verify=True)
        assert facts_in(worker, "no_such_model", None, False).failed
        assert facts_in(worker, "test_vit", None, False).torch is None  # it lives on
