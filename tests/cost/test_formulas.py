"""The papers' formulas: against our operation counts, and eq. 4 of RAViT against its printed early-exit rows."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effbench.claims.load import paper
from effbench.cost.convention import convention
from effbench.cost.formulas import early_exit_cost, implied_exit_share, msa_macs, ravit_layer_macs, ravit_macs
from effbench.errors import SpecError
from effbench.models.families.ravit import cost as ravit_cost
from effbench.models.registry import resolve
from effbench.models.spec.ravit import RAViTSpec

RAVIT = convention("ravit")


def test_msa_by_hand():
    # 2x3 patches of width 8: 4·6·64 = 1536, 2·36·8 = 576
    assert msa_macs(2, 3, 8) == 2112


def test_a_ravit_layer_by_hand():
    # 17 tokens of width 128: 2·17²·128 = 73,984 and 12·17·128² = 3,342,336
    assert ravit_layer_macs(17, 128) == 3_416_320


def test_ravit_by_hand():
    # CIFAR-10, 1-3: 3,416,320 + 3·(2·65²·128 + 12·65·128²) = 3,416,320 + 3·13,861,120; twice that is 89.99936 MFLOPs
    assert ravit_macs((1, 3), (17, 65), 128) == 44_999_680


def test_branches_need_as_many_layer_counts_as_token_counts():
    with pytest.raises(ValueError, match="zip"):
        ravit_macs((1, 3), (17,), 128)


@settings(max_examples=60, deadline=None)
@given(
    layers=st.lists(st.integers(0, 6), min_size=1, max_size=3).filter(any),
    grid=st.integers(1, 8),
    head_width=st.integers(1, 16),
    num_heads=st.integers(1, 4),
)
def test_eq_3_is_half_of_what_the_ravit_convention_counts(layers, grid, head_width, num_heads):
    # the finest side is a multiple of 4 patches, so that all branches come out whole
    spec = RAViTSpec(
        layers=tuple(layers),
        image_size=16 * grid,
        patch_size=4,
        width=head_width * num_heads,
        num_heads=num_heads,
    )
    spec.validate()
    assert 2 * ravit_macs(spec.layers, spec.tokens, spec.width) == RAVIT.total(ravit_cost(spec))


def test_on_tiny_imagenet_3_fine_layers_cost_2_47_times_5_middle_ones():
    # 3·MAC(257) / (5·MAC(65)); the paper's text says 2.73
    ratio = 3 * ravit_layer_macs(257, 768) / (5 * ravit_layer_macs(65, 768))
    assert round(ratio, 2) == 2.47


def test_the_mean_cost_by_hand():
    # (1·10 + 3·30) / 4
    assert early_exit_cost([1, 3], [10, 30]) == 25


def test_the_mean_cost_of_whole_numbers_is_exact():
    assert early_exit_cost([1, 2], [0, 1]) == Fraction(2, 3)


def test_shares_do_as_well_as_counts():
    assert early_exit_cost([Fraction(1, 4), Fraction(3, 4)], [10, 30]) == early_exit_cost([1, 3], [10, 30])
    assert early_exit_cost([0.25, 0.75], [10, 30]) == 25.0


def test_the_mean_cost_of_columns():
    found = early_exit_cost([np.array([1, 0, 4]), np.array([3, 4, 0])], [10, 30])
    assert found.tolist() == [25.0, 30.0, 10.0]


@pytest.mark.parametrize("images", [[0, 0], [3, -1], [-2, -2], []])
def test_images_that_cannot_be_are_refused(images):
    with pytest.raises(SpecError, match="images per exit must be 0 or more"):
        early_exit_cost(images, [10, 30][: len(images)])


@settings(max_examples=200, deadline=None)
@given(
    left=st.integers(0, 10**6),
    stayed=st.integers(0, 10**6),
    exit_cost=st.integers(0, 10**12),
    rest=st.integers(1, 10**12),
)
def test_the_inverse_gives_the_share_back_exactly(left, stayed, exit_cost, rest):
    if left + stayed == 0:
        left = 1
    published = early_exit_cost([left, stayed], [exit_cost, exit_cost + rest])
    assert implied_exit_share(published, exit_cost, exit_cost + rest) == Fraction(left, left + stayed)


@pytest.mark.parametrize(("exit_cost", "full_cost"), [(10, 10), (11, 10)])
def test_an_exit_that_saves_nothing_implies_no_share(exit_cost, full_cost):
    with pytest.raises(SpecError, match="saves nothing"):
        implied_exit_share(10, exit_cost, full_cost)


def test_the_inverse_of_columns():
    published = np.array([30, 25, 10])
    assert implied_exit_share(published, 10, 30).tolist() == [0.0, 0.25, 1.0]


@pytest.mark.parametrize(
    ("id", "at_exit", "percent"),
    [
        # share = (full cost - printed) / (full cost - cost up to the exit); e.g. the first:
        # (89.99936 - 80.81) / (89.99936 - 6.83264) = 11.05 %
        ("table1.ours-1-3-ee-0-05.flops", 0, "11.05"),
        ("table1.ours-1-3-ee-0-15.flops", 0, "26.8"),
        ("table2.ours-2-0-3-ee-0-2.flops", 0, "8.9"),
        ("table2.ours-2-0-3-ee-0-25.flops", 0, "19.8"),
        ("table3.ours-1-1-10-ee-1-5.flops", 1, "10.4"),
        ("table3.ours-1-1-8-ee-1-0.flops", 1, "6.9"),
    ],
)
def test_printed_early_exit_rows_imply_these_shares(id, at_exit, percent):
    claim = paper("ravit").claim(id)
    exits = [RAVIT.total(counts) for counts in resolve(claim.counted_model).at_size(claim.size).exits()]
    published = Fraction(claim.digits) * {"M": 10**6, "G": 10**9}[claim.unit]
    share = implied_exit_share(published, exits[at_exit], exits[-1])
    assert f"{float(100 * share):.{len(percent.partition('.')[2])}f}" == percent
