"""Systems of the papers' tables at the size of their row: parameters and multiply-accumulates as measured elsewhere.

The figures were measured once, with torch 2.15 and timm 1.0.31 (FlopCounterMode, halved, on the meta device), on
networks that are not this package's: those of timm, transformers and compressai, and the authors' own code.
"""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention
from effbench.counting.operations import operations
from effbench.models.registry import resolve
from effbench.stats.printed import printed, rounds_to

WHOLE = {
    # CI2P-ViT, Table 1
    ("deit_base_patch16", 224): ("86.5677", "17.5638"),
    ("t2t_vit_24", 224): ("64.1059", "13.6619"),
    ("tnt_b_patch16", 224): ("65.4287", "14.0491"),
    ("cpvt_base", 224): ("86.4548", "17.5706"),
    ("swin_base_patch4_window7", 224): ("87.7682", "15.4309"),
    ("vit_base_patch32", 256): ("88.2358", "5.7504"),
    ("vit_base_patch16", 256): ("86.6137", "23.1974"),
    # Token Fusion, Table 2
    ("cpvt_tiny_gap", 224): ("5.6890", "1.2483"),
    ("densenet169", 224): ("14.1495", "3.3598"),
    ("resnet50", 224): ("25.5570", "4.0892"),
    ("deit_small_patch16", 224): ("22.0507", "4.5989"),
    ("deit_base_patch16", 384): ("86.8595", "55.4844"),
    ("efficientnet_b1", 240): ("7.7942", "0.6868"),
    ("efficientnet_b6", 528): ("43.0407", "19.0676"),
    ("resnext101_64x4d", 224): ("83.4553", "15.4603"),
    ("t2t_vit_19", 224): ("39.1774", "8.4797"),
    ("pvt_medium", 224): ("44.2081", "6.6592"),
    ("swin_tiny_patch4_window7", 224): ("28.2884", "4.4906"),
    ("ceit_small", 224): ("24.2048", "4.7595"),
    ("ceit_small", 384): ("24.3508", "15.9802"),
    ("twins_svt_base", 224): ("56.0710", "8.5626"),
    ("twins_svt_large", 224): ("99.2714", "15.1118"),
    ("vit_base_patch16", 384): ("86.8595", "55.4844"),
    ("cvt_21", 384): ("31.6227", "24.8491"),
    ("botnet_s1_128", 256): ("69.1317", "19.2990"),
    ("cmt_small", 224): ("26.2562", "4.0317"),
    ("cmt_large", 288): ("74.7742", "19.4990"),
    ("mvitv2_base", 224): ("51.4727", "10.1024"),
    ("mvitv2_large", 384): ("218.1643", "145.4654"),
    # Token Fusion, Table 3; of CoCa the image encoder, its pooler (one attention layer, no MLP) and the head
    ("coca_encoder", 576): ("1022.2", "1157.1"),
    ("mvitv2_huge_cls", 512): ("667.3292", "761.7997"),
}
"""(model, side) -> (M parameters, G MACs) of the whole network."""

WITHOUT_HEAD = {
    ("ci2p_vit", 256): ("88.9563", "8.4687"),
    ("cnn_vit", 256): ("88.9563", "8.4687"),
    ("ci2p_vit_ds", 256): ("49.6994", "6.6211"),
}
"""The same for CI2P-ViT, Table 1, without the classification head."""

BLOCKS = {
    ("vit_cifar10:3", 32): ("0.6111", "0.04158"),
    ("vit_cifar10:4", 32): ("0.8094", "0.05544"),
    ("vit_cifar10:5", 32): ("1.0076", "0.06931"),
    ("ravit_cifar10:1-3", 32): ("0.8195", "0.04500"),
    ("vit_tiny_imagenet:3", 64): ("21.6547", "5.7614"),
    ("vit_tiny_imagenet:4", 64): ("28.7426", "7.6819"),
    ("vit_tiny_imagenet:6", 64): ("42.9183", "11.5228"),
    ("ravit_tiny_imagenet:2-0-3", 64): ("36.0373", "6.0029"),
    ("vit_imagenet:8", 224): ("58.2162", "11.6316"),
    ("vit_imagenet:10", 224): ("72.3919", "14.5395"),
    ("vit_imagenet:12", 224): ("86.5677", "17.4475"),
    ("ravit_imagenet:1-1-8", 224): ("75.1787", "12.2190"),
    ("ravit_imagenet:1-1-10", 224): ("89.3544", "15.1269"),
}
"""RAViT, Tables I-III: M parameters of the whole network, G MACs of the transformer blocks alone."""


def counts(name, size):
    """By formula, or of the network where it can be built."""
    if not resolve(name).has_formula:
        for package in ("torch", "timm"):
            pytest.importorskip(package)
    return operations(name, size).counts


def places(rows):
    return pytest.mark.parametrize(("place", "figures"), rows.items(), ids=[f"{name}-{side}" for name, side in rows])


def assert_prints(params, macs, figures):
    """Our integers, rounded to the figures' digits, are the figures."""
    millions, billions = figures
    assert rounds_to(params, printed(millions, "M")), params
    assert rounds_to(macs, printed(billions, "G")), macs


@places(WHOLE)
def test_parameters_and_macs_of_the_whole_network(place, figures):
    found = counts(*place)
    assert_prints(found.params, convention("macs").total(found), figures)


@places(WITHOUT_HEAD)
def test_parameters_and_macs_without_the_head(place, figures):
    found = convention("ci2p").in_scope(counts(*place))
    assert_prints(found.params, convention("macs").total(found), figures)


@places(BLOCKS)
def test_parameters_of_the_network_and_macs_of_its_blocks(place, figures):
    found = counts(*place)
    assert_prints(found.params, convention("ravit").total(found) // 2, figures)


SMALL = [
    *("vit_cifar10:3", "ravit_cifar10:1-3", "ravit_tiny_imagenet:2-0-3"),
    *("cpvt_tiny_gap", "pvt_medium", "ceit_small", "t2t_vit_19", "cmt_small", "swin_tiny_patch4_window7"),
    *("efficientnet_b1", "densenet169", "resnet50"),
]
"""Enough of every kind of layer to see values go through, at table size."""


@pytest.mark.parametrize(("name", "side"), [*((name, None) for name in SMALL), ("cvt_21", 224), ("botnet_s1_128", 128)])
def test_values_go_through(name, side):
    torch = pytest.importorskip("torch")
    pytest.importorskip("timm")
    pytest.importorskip("torchvision")
    from effbench.counting.counters.networks import all_finite, logits_of, network_and_inputs

    model = resolve(name).at_size(side)
    network, inputs = network_and_inputs(model, "cpu")
    (image,) = inputs.args
    torch.manual_seed(0)
    logits = logits_of(network, torch.randn_like(image))
    assert {tuple(one.shape) for one in logits} == {(1, model.spec.num_classes)}
    assert all_finite(logits)
    assert all(one.std() > 0 for one in logits)
