import pytest

from effbench.early_exit.prices import counted_prices, given_prices
from effbench.errors import SpecError
from effbench.stats.scores import score


def test_prices_of_a_model_are_its_exits(prices):
    # README: eq. 4 of the paper
    assert prices.costs == (6_832_640, 89_999_360)
    assert (prices.unit, prices.source, prices.convention) == ("FLOP", "analytic", "ravit")
    assert prices.score_work == {
        "softmax_elem": 10,
        "act_elem": 10,
        "mul_elem": 10,
        "reduce_elem": 10,
        "other_elem": 2,
    }


def test_images_of_another_size_cost_more():
    small, large = (counted_prices("ravit_cifar10:1-3", s, "macs", score("entropy")).costs for s in (32, 64))
    assert large[0] > 3 * small[0]
    assert large[1] > 3 * small[1]


def test_a_model_with_one_exit():
    with pytest.raises(SpecError, match="vit_base_patch16 has one exit"):
        counted_prices("vit_base_patch16", None, "macs", score("entropy"))


@pytest.mark.parametrize("costs", [(1e308, 1.7e308), (float("nan"), 1.0), (1.0, float("inf")), (-1.0, 1.0), (2.0, 1.0)])
def test_costs_of_which_no_mean_can_be_made(costs):
    with pytest.raises(SpecError, match=r"costs are cumulative: from 0 to 1e\+100 and never falling"):
        given_prices("mine", costs, "s")
