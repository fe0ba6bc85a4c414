"""Terms of time against hand formulas of single operators."""

from __future__ import annotations

import pytest

from effbench.cost.launches import PER_RUN, TERMS, Launch, terms


def convolution(channels, outputs, per_group, taps, groups, side, images=1):
    """A launch on square maps of ``side`` that keeps the side."""
    pixels = images * side * side
    return Launch(
        op="convolution",
        read=pixels * channels,
        weights=outputs * per_group * taps**2,
        written=pixels * outputs,
        shape=(channels, outputs, per_group, taps, taps, groups, side, side),
    )


@pytest.mark.parametrize(
    ("kind", "launch", "macs"),
    [
        ("dense", convolution(16, 32, 16, 3, 1, 14), 14 * 14 * 32 * 16 * 9),
        ("stem", convolution(3, 32, 3, 7, 1, 14), 14 * 14 * 32 * 3 * 49),
        ("pointwise", convolution(16, 32, 16, 1, 1, 14), 14 * 14 * 32 * 16),
        ("grouped", convolution(16, 32, 4, 3, 4, 14), 14 * 14 * 32 * 4 * 9),
        ("depthwise", convolution(16, 16, 1, 3, 16, 14), 14 * 14 * 16 * 9),
        ("depthwise_large", convolution(16, 16, 1, 7, 16, 14), 14 * 14 * 16 * 49),
    ],
)
def test_a_convolution_has_the_macs_and_elements_of_its_kind(kind, launch, macs):
    found = terms([launch], 1)
    assert found[f"macs_{kind}"] == macs
    assert (found[f"read_{kind}"], found[f"written_{kind}"]) == (launch.read, launch.written)
    assert found["weights_conv"] == launch.weights
    assert found["runs_conv"] == 1


def test_images_share_weights_and_runs_and_nothing_else():
    one, four = terms([convolution(16, 32, 16, 3, 1, 14)], 1), terms([convolution(16, 32, 16, 3, 1, 14, images=4)], 4)
    assert one == four
    whole = terms([convolution(16, 32, 16, 3, 1, 14, images=4)], 1)
    assert all(whole[name] == (1 if name in PER_RUN else 4) * n for name, n in one.items())


def test_small_maps_and_odd_channels_are_told_apart():
    assert terms([convolution(16, 32, 16, 3, 1, 8)], 1)["macs_small"] == 64 * 32 * 16 * 9
    assert "macs_small" not in terms([convolution(16, 32, 16, 3, 1, 9)], 1)
    assert "macs_unaligned" in terms([convolution(12, 32, 12, 3, 1, 9)], 1)
    assert "macs_unaligned" not in terms([convolution(16, 32, 16, 3, 1, 9)], 1)


def test_a_linear_layer_and_a_product_of_activations():
    layer = Launch(op="addmm", read=10 * 64, weights=64 * 128 + 128, written=10 * 128, shape=(10, 64, 128))
    assert terms([layer], 1) == {
        "macs_linear": 10 * 64 * 128,
        "read_linear": 640,
        "written_linear": 1280,
        "weights_linear": 64 * 128 + 128,
        "runs_linear": 1,
    }
    product = Launch(op="bmm", read=2 * 3 * (5 * 8 + 8 * 7), weights=0, written=2 * 3 * 5 * 7, shape=(6, 5, 8, 7))
    found = terms([product], 1)
    assert (found["macs_product"], found["moved_product"]) == (6 * 5 * 8 * 7, product.read + product.written)


def test_attention_has_two_products():
    heads, tokens, width = 3, 197, 64
    qkv = 3 * heads * tokens * width
    one = Launch(
        op="attention", read=qkv, weights=0, written=heads * tokens * width, shape=(1, heads, tokens, width, 50)
    )
    found = terms([one], 1)
    assert found["scores_attention"] == heads * tokens * 50
    assert found["macs_attention"] == 2 * heads * tokens * 50 * width


def test_what_is_made_of_weights_alone_is_prepared():
    one = Launch(op="mul", read=0, weights=10, written=10, prepares=True)
    assert terms([one], 2) == {"prepared": 10, "runs_prepared": 1}


def test_an_operator_that_nobody_knows_moves_its_elements():
    assert terms([Launch(op="new", read=6, weights=0, written=4, times=3)], 1) == {"moved_other": 30, "runs_pass": 3}


def test_every_term_is_named_once():
    assert len(set(TERMS)) == len(TERMS)
    assert set(PER_RUN) <= set(TERMS)
