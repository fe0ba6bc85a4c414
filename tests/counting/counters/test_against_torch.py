"""PyTorch's FlopCounterMode, which counts forward products right: the same numbers for networks of every kind."""

import pytest

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from effbench.counting.counters.dispatch import count  # noqa: E402

NAMES = [
    "vit_tiny_patch16_224",  # fused attention
    "swin_tiny_patch4_window7_224",  # windows
    "swinv2_cr_tiny_224",  # positions by a small network
    "mvitv2_tiny",  # pooled attention, einsum
    "twins_svt_small",  # local and global attention
    "tnt_s_patch16_224",  # transformers in transformers
    "xcit_nano_12_p16_224",  # attention between channels
    "coatnet_nano_rw_224",  # convolutions, then attention
    "levit_128",  # linear layers with batch norm
    "efficientnet_b0",  # depthwise convolutions
    "resnetv2_50",  # standardised weights
    "mixer_s32_224",  # no attention
    "convnext_atto",
    "densenet121",
]


@pytest.mark.parametrize("name", NAMES)
def test_convolutions_and_products_are_pytorchs(name):
    with torch.device("meta"):
        network = timm.create_model(name).eval().requires_grad_(False)
        image = torch.empty(2, *network.default_cfg["input_size"])
    ours = count(network, [image], strict=True).forward
    with FlopCounterMode(display=False) as theirs, torch.no_grad():
        network(image)
    flops = theirs.get_flop_counts()["Global"]
    assert 2 * ours.of("mac_conv") == sum(n for op, n in flops.items() if "convolution" in str(op))
    assert 2 * sum(ours.of(kind) for kind in ("mac_linear", "mac_qk", "mac_av")) == sum(
        n for op, n in flops.items() if "convolution" not in str(op)
    )
