from fractions import Fraction

import pytest

from effbench.claims.load import paper
from effbench.cost.convention import convention
from effbench.counting.exits import exit_costs, exit_counts, expected_cost, implied_shares, require_costs
from effbench.errors import SpecError
from effbench.models.registry import resolve
from effbench.stats.printed import match, printed


def test_every_image_that_passes_an_exit_has_paid_for_its_head_and_score():
    model = resolve("ravit_imagenet:1-1-8")
    counts = exit_counts(model.branches(), 1000, "entropy")
    heads = [
        sum(n for (path, kind), n in c.items.items() if path.endswith(".head") and kind == "mac_linear") for c in counts
    ]
    assert heads == [768_000, 2 * 768_000, 3 * 768_000]  # width 768, 1000 classes
    resizes = [c.of("antialias_elem") for c in counts]
    assert resizes == [
        3 * 64**2,
        3 * 64**2 + 3 * 128**2,
        3 * 64**2 + 3 * 128**2,
    ]  # to 64² and 128²; 224² is as it comes
    scores = [
        sum(n for (path, kind), n in c.items.items() if "score" in path and kind == "softmax_elem") for c in counts
    ]
    assert scores == [1000, 2000, 2000]  # the last exit decides nothing


def test_the_score_can_be_priced_at_nothing_or_left_out():
    branches = resolve("ravit_cifar10:1-3").branches()
    macs = convention("macs")
    assert exit_costs(branches, macs, 10, "entropy") == exit_costs(branches, macs, 10)
    without, entropy = exit_counts(branches, 10, None)[-1].by_kind(), exit_counts(branches, 10, "entropy")[-1].by_kind()
    assert {kind: n - without.get(kind, 0) for kind, n in entropy.items() if n != without.get(kind, 0)} == {
        "softmax_elem": 10,
        "act_elem": 10,
        "mul_elem": 10,
        "reduce_elem": 10,
        "other_elem": 2,
    }


def test_counts_without_scores_are_the_models_own_exits():
    model = resolve("ravit_tiny_imagenet:2-0-3")
    assert [c.items for c in exit_counts(model.branches(), 200, None)] == [c.items for c in model.exits()]


def test_the_mean_cost_is_a_fraction():
    # 3 images at 10, 1 at 25, 2 at 60: 175 / 6
    assert expected_cost([3, 1, 2], [10, 25, 60]) == Fraction(175, 6)
    assert expected_cost([1, 1], [0.5, 1.0]) == 0.75


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ([1], "2 exits need 2 costs"),
        ([2, 1], "never falling"),
        ([-1, 1], "from 0 to"),
        ([1.0, float("nan")], "from 0 to"),
    ],
)
def test_costs_that_are_none(costs, said):
    with pytest.raises(SpecError, match=said):
        require_costs(costs, 2)


def test_one_early_exit_gives_one_share():
    # 40 = 10 s + 60 (1 - s): s = 2/5
    assert implied_shares(40, [10, 60]) == [(Fraction(2, 5), Fraction(3, 5))]


def test_two_early_exits_give_the_ends_of_a_segment():
    # between exits 1 and 3: 40 = 10 s + 60 (1 - s), s = 2/5; between exits 2 and 3: 40 = 20 s + 60 (1 - s), s = 1/2
    assert implied_shares(40, [10, 20, 60]) == [
        (0, Fraction(1, 2), Fraction(1, 2)),
        (Fraction(2, 5), 0, Fraction(3, 5)),
    ]
    # below the second exit's cost the other exit can be 2 or 3
    assert implied_shares(15, [10, 20, 60]) == [
        (Fraction(1, 2), Fraction(1, 2), 0),
        (Fraction(9, 10), 0, Fraction(1, 10)),
    ]


def test_the_cost_of_an_exit_is_a_corner_of_its_own():
    assert (0, 1, 0) in implied_shares(20, [10, 20, 60])
    assert implied_shares(10, [10, 20, 60]) == [(1, 0, 0)]
    assert implied_shares(60, [60]) == [(1,)]


@pytest.mark.parametrize("published", [9, 61])
def test_a_cost_that_no_shares_give(published):
    with pytest.raises(SpecError, match="no exit shares give"):
        implied_shares(published, [10, 60])


def test_an_exit_as_dear_as_the_next():
    with pytest.raises(SpecError, match="saves nothing"):
        implied_shares(10, [10, 10])


EARLY = [
    claim
    for claim in paper("ravit").claims
    if claim.metric == "flops" and claim.id.startswith("table") and claim.exit_threshold and not claim.relation
]


def test_the_paper_has_six_rows_with_early_exit():
    assert len(EARLY) == 6


@pytest.mark.parametrize("claim", EARLY, ids=[claim.id for claim in EARLY])
def test_rows_with_early_exit_come_out_of_their_implied_shares(claim):
    """Tables I-III: whole numbers of images, at most those of the test set, print as the paper does."""
    images = {"cifar10": 10_000, "tiny-imagenet": 10_000, "imagenet": 50_000}[claim.dataset]
    figure = printed(claim.printed, claim.unit)
    model = resolve(claim.model)
    costs = exit_costs(model.branches(), convention("ravit"), model.spec.num_classes, "entropy")
    corners = implied_shares(figure.value, costs)
    assert len(corners) == len(costs) - 1  # a point, or the ends of a segment
    for shares in corners:
        assert sum(share * cost for share, cost in zip(shares, costs, strict=True)) == figure.value
        left = [round(share * images) for share in shares[:-1]]
        assert match(expected_cost([*left, images - sum(left)], costs), figure) in ("exact", "rounded")
