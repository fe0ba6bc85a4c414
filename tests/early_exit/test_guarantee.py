"""The promise, by hand and in simulation: a population of which the true harm of every threshold is known."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from effbench.early_exit import guarantee
from effbench.early_exit.outcome import outcome
from effbench.early_exit.policy import Policy
from effbench.early_exit.predictions import predictions
from effbench.early_exit.promise import METHODS
from effbench.errors import SpecError
from effbench.stats.binomial import most_events, upper_bound
from effbench.stats.scores import score

RULE = score("max_probability")
DELTA, DRAWS = 0.1, 1000


def population(images, exits, rng, slope=0.4):
    """Images of a known population: two classes, true class 0, the last exit always right.

    At every early exit the certainty is p ~ U(1/2, 1), and the prediction is wrong with probability slope · (1 - p),
    each independently of the others.
    """
    p = rng.uniform(0.5, 1, (images, exits))
    wrong = rng.random((images, exits)) < slope * (1 - p)
    wrong[:, -1] = False
    z = np.log(p / (1 - p))
    logits = np.zeros((images, exits, 2))
    logits[..., 0] = np.where(wrong, 0, z)
    logits[..., 1] = np.where(wrong, z, 0)
    return predictions(logits, np.zeros(images, dtype=int))


def true_harm(thresholds, slope=0.4):
    """P(leaves early and is wrong): at one exit ∫ₜ¹ 2 · slope · (1 - p) dp = slope (1 - t)²; P(goes on) = 2t - 1."""
    harm, here = 0.0, 1.0
    for t in np.clip(thresholds, 0.5, 1):
        harm += here * slope * (1 - t) ** 2
        here *= 2 * t - 1
    return harm


def misses(losses, limit):
    return sum(loss > limit for loss in losses)


def slack(share, draws=DRAWS):
    """Misses in so many draws that a true rate of ``share`` exceeds in one run of a thousand."""
    from scipy.stats import binom

    return int(binom.ppf(0.999, draws, share))


def test_the_population_is_what_it_is_said_to_be():
    given = population(200_000, 3, np.random.default_rng(0))
    for thresholds in [(0.6, 0.8), (0.9, 0.5), (2.0, 0.7)]:
        found = outcome(given, Policy(score=RULE.name, thresholds=thresholds))
        assert 1 - found.accuracy == pytest.approx(true_harm(thresholds), rel=0.05)


def test_one_early_exit_over_a_thousand_calibrations():
    """The true loss is above the limit in no more than a share delta of calibrations, and not absurdly far below it."""
    rng, limit = np.random.default_rng(1), 0.02
    chosen = [
        guarantee.one_exit(population(500, 2, rng), RULE, max_loss=limit, delta=DELTA).thresholds for _ in range(DRAWS)
    ]
    losses = [true_harm(t) for t in chosen]
    assert misses(losses, limit) <= slack(DELTA)
    assert misses(losses, limit) > 0.3 * DELTA * DRAWS  # sharp: the discreteness of 500 images costs part of delta
    assert np.mean(losses) > limit / 3


def test_the_simulation_sees_a_procedure_without_guarantee():
    """Taking the loosest threshold whose loss on the calibration images is within the limit breaks it half the time."""
    rng, limit, naive = np.random.default_rng(2), 0.02, []
    for _ in range(DRAWS):
        given = population(500, 2, rng)
        order = np.argsort(-RULE.of(given.logits)[:, 0])
        harmed = guarantee.harms(given)[order, 0].cumsum()
        within = int((harmed <= limit * 500).sum())
        naive.append(true_harm((RULE.of(given.logits)[order[within - 1], 0],)))
    assert misses(naive, limit) > slack(DELTA)


@pytest.mark.parametrize("method", METHODS)
def test_two_early_exits_over_a_thousand_calibrations(method):
    """The order of the tests is chosen on one half of each draw, the other half tests."""
    rng, limit, costs, losses = np.random.default_rng(3), 0.05, [1, 2, 4], []
    for _ in range(DRAWS):
        design, testing = population(200, 3, rng), population(300, 3, rng)
        path = guarantee.path(design, RULE, costs, vectors=100)
        found = guarantee.certify(testing, RULE, path, costs, max_loss=limit, delta=DELTA, method=method)
        losses.append(true_harm(found.thresholds))
    assert misses(losses, limit) <= slack(DELTA)
    assert np.mean(losses) > limit / 5  # it does let images leave


def test_harm_is_wrong_here_and_right_at_the_end():
    logits = np.array([[[0, 1], [1, 0]], [[1, 0], [0, 1]], [[0, 1], [0, 1]], [[1, 0], [1, 0]]])
    # true class 0: harmed, repaired, wrong anyway, right anyway
    assert guarantee.harms(predictions(logits, np.zeros(4, dtype=int))).tolist() == [
        [True, False],
        [False, False],
        [False, False],
        [False, False],
    ]


def test_the_drop_in_accuracy_is_at_most_the_harm(drawn):
    given = drawn(300)
    for thresholds in [(0.3, 0.6), (0.5, 0.5), (0.9, 0.4)]:
        found = outcome(given, Policy(score=RULE.name, thresholds=thresholds))
        drop = given.right[:, -1].mean() - found.accuracy
        harm = guarantee.harms(given)[np.arange(300), found.exits].mean()
        assert drop <= harm


def by_certainty(*wrong, images=100):
    """One early exit; image i is the i-th surest, and wrong where listed."""
    p = 0.99 - 0.4 * np.arange(images) / images
    z = np.log(p / (1 - p))
    bad = np.isin(np.arange(images), wrong)
    first = np.stack([np.where(bad, 0, z), np.where(bad, z, 0)], axis=-1)
    last = np.tile([1.0, 0.0], (images, 1))
    return predictions(np.stack([first, last], axis=1), np.zeros(images, dtype=int))


def test_the_threshold_stops_before_the_first_harm_too_many():
    # 100 images at 5 %: P(0) = .0059, P(<= 1) = .0371, P(<= 2) = .118: one harmed image is allowed at delta 0.05
    assert most_events(100, 0.05, 0.05) == 1
    given = by_certainty(10, 40)
    found = guarantee.one_exit(given, RULE, max_loss=0.05, delta=0.05)
    left = outcome(given, Policy(score=RULE.name, thresholds=found.thresholds)).left
    assert left == (40, 60)  # images 0 to 39, of which number 10 is harmed
    assert (found.harmed, found.images) == (1, 100)
    assert found.bound == upper_bound(1, 100, 0.05)


def test_too_few_images_promise_nothing_and_never_exit():
    found = guarantee.one_exit(by_certainty(images=20), RULE, max_loss=0.01, delta=0.05)
    assert found.thresholds == (RULE.never,)
    assert (found.passed, found.harmed) == (0, 0)


def test_no_harm_at_all_lets_everybody_leave():
    found = guarantee.one_exit(by_certainty(), RULE, max_loss=0.05, delta=0.05)
    assert found.thresholds == (RULE.always,)


def test_a_fixed_sequence_ends_at_the_first_failure_and_bonferroni_does_not():
    given = by_certainty(10, 11)  # a threshold that lets 10 and 11 go fails: 2 > 1
    vectors = [(0.5,), (0.97,)]  # the first, which is loose, fails
    common = {"max_loss": 0.05, "delta": 0.05}
    fixed = guarantee.certify(given, RULE, vectors, [1, 2], **common)
    assert (fixed.thresholds, fixed.passed) == ((RULE.never,), 0)
    # level 0.025: P(0) = .0059 passes, P(<= 1) = .0371 does not; no harm above 0.97
    apart = guarantee.certify(given, RULE, vectors, [1, 2], **common, method="bonferroni")
    assert (apart.thresholds, apart.passed) == ((0.97,), 1)
    assert guarantee.certify(given, RULE, vectors[::-1], [1, 2], **common).thresholds == (0.97,)


def test_bonferroni_tests_every_vector_at_a_share_of_delta():
    # 100 images, limit 0.05: one harmed image passes at 0.05 (P(<= 1) = .0371), none does at 0.05 / 2
    given, vectors = by_certainty(10), [(0.5,), (0.97,)]
    assert [most_events(100, 0.05, level) for level in (0.05, 0.025)] == [1, 0]
    limits = {"max_loss": 0.05, "delta": 0.05}
    assert guarantee.certify(given, RULE, vectors, [1, 2], **limits).passed == 2
    found = guarantee.certify(given, RULE, vectors, [1, 2], **limits, method="bonferroni")
    assert (found.thresholds, found.passed, found.delta) == ((0.97,), 1, 0.05)


def test_of_those_that_pass_the_cheapest_is_taken():
    found = guarantee.certify(by_certainty(), RULE, [(0.97,), (0.7,), (0.9,)], [1, 2], max_loss=0.05, delta=0.05)
    assert (found.thresholds, found.passed, found.tested) == ((0.7,), 3, 3)


def test_a_path_goes_from_harmless_to_harmful_and_gets_cheaper(drawn):
    given = drawn(400)
    costs = [1, 3, 9]
    harm, rows = guarantee.harms(given), np.arange(400)
    found = [outcome(given, Policy(score=RULE.name, thresholds=t)) for t in guarantee.path(given, RULE, costs)]
    harmed = [int(harm[rows, f.exits].sum()) for f in found]
    assert harmed == sorted(harmed)
    assert len(set(harmed)) == len(harmed) > 10
    prices = [f.cost(costs) for f in found]
    assert prices == sorted(prices, reverse=True)


@pytest.mark.parametrize(("max_loss", "delta"), [(0, 0.05), (1, 0.05), (0.1, 0), (0.1, 1)])
def test_limits_and_levels_that_are_none(max_loss, delta):
    with pytest.raises(SpecError, match="between 0 and 1"):
        guarantee.one_exit(by_certainty(), RULE, max_loss=max_loss, delta=delta)


def test_several_early_exits_need_other_images(drawn):
    with pytest.raises(SpecError, match="2 early exits need an order of thresholds from other images"):
        guarantee.one_exit(drawn(10), RULE, max_loss=0.1, delta=0.1)


def test_vectors_that_are_none(drawn):
    with pytest.raises(SpecError, match="no threshold vectors"):
        guarantee.certify(drawn(10), RULE, [], [1, 2, 3], max_loss=0.1, delta=0.1)
    with pytest.raises(SpecError, match="needs 2 thresholds"):
        guarantee.certify(drawn(10), RULE, [(0.1,)], [1, 2, 3], max_loss=0.1, delta=0.1)


def test_the_level_of_bonferroni_is_shared_by_the_vectors():
    """100 images at 5 %: P(<= 1) = .0371, so one harmed image passes at level 0.05 and not at 0.05 / 2."""
    given, vectors = by_certainty(10, 40), [(0.97,), (0.93,)]  # above 0.97: 0 to 4; above 0.93: 0 to 14, 10 with them
    common = {"max_loss": 0.05, "delta": 0.05}
    alone = guarantee.certify(given, RULE, vectors[1:], [1, 2], **common, method="bonferroni")
    assert (alone.thresholds, alone.harmed) == ((0.93,), 1)
    shared = guarantee.certify(given, RULE, vectors, [1, 2], **common, method="bonferroni")
    assert (shared.thresholds, shared.passed) == ((0.97,), 1)
    assert guarantee.certify(given, RULE, vectors, [1, 2], **common).passed == 2  # a fixed sequence shares nothing
