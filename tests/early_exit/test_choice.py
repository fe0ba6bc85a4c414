import numpy as np
import pytest

pytest.importorskip("scipy")

from effbench.early_exit.choice import (
    cheapest_policy,
    front_policies,
    given_policy,
    guaranteed_policy,
    most_accurate_policy,
)
from effbench.early_exit.evaluation import evaluation
from effbench.early_exit.outcome import outcome
from effbench.early_exit.prices import counted_prices
from effbench.errors import SpecError
from effbench.stats.scores import score


def promised(data, method="fixed-sequence", cooled=False):
    return guaranteed_policy(data, max_loss=0.1, delta=0.1, method=method, cooled=cooled)


@pytest.fixture(scope="module")
def three(stored):
    """Two early exits; 300 images choose and 100 judge."""
    prices = counted_prices("ravit_imagenet:1-1-8", None, "macs", score("entropy"))
    return evaluation(stored(exits=3, classes=1000), prices, score("entropy"), calibrate_share=0.75)


def test_words_for_thresholds(data):
    assert given_policy(data, ["never"]).written == ("never",)
    with pytest.raises(SpecError, match=r"not a threshold .* 'soon'"):
        given_policy(data, ["soon"])
    with pytest.raises(SpecError, match="2 exits needs 1 thresholds"):
        given_policy(data, ["0.5", "0.5"])


def test_thresholds_are_chosen_on_the_calibration_images(data):
    assert outcome(data.choosing, cheapest_policy(data, 0.8, cooled=False)).accuracy >= 0.8
    for cooled in (False, True):
        budget = most_accurate_policy(data, "40M", cooled=cooled)
        assert outcome(data.choosing, budget).cost(data.prices.costs) <= 40e6
        assert len(budget.temperatures) == 2 * cooled


def test_a_guarantee_uses_all_calibration_images_where_it_may(data):
    assert promised(data)[1].images == 400
    assert promised(data, cooled=True)[1].images == 200  # temperatures are fitted on the other half


def test_a_guarantee_of_several_early_exits_keeps_half_to_order_the_tests(three):
    for method in ("fixed-sequence", "bonferroni"):
        policy, found = promised(three, method)
        assert (found.images, three.test.images) == (150, 100)
        assert (len(policy.thresholds), found.method) == (2, method)


def test_a_method_without_effect_is_refused(data):
    with pytest.raises(SpecError, match="--method bonferroni has no effect with one early exit"):
        promised(data, "bonferroni")


def test_a_guarantee_needs_images_of_its_own(stored, prices):
    with pytest.raises(SpecError, match="--calibrate-on FILE or --calibrate-share"):
        promised(evaluation(stored(), prices, score("entropy")))


def test_the_front_is_cheap_to_accurate_on_the_images_that_choose(data):
    found = [outcome(data.choosing, policy) for policy in front_policies(data, cooled=False)]
    assert (np.diff([one.total_cost(data.prices.costs) for one in found]) > 0).all()
    assert (np.diff([one.correct for one in found]) > 0).all()
