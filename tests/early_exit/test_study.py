import numpy as np
import pytest

pytest.importorskip("scipy")

from effbench.early_exit import study as exits
from effbench.early_exit.figures import stream_figures, study_figures
from effbench.early_exit.policy import Policy
from effbench.early_exit.stream_study import trial_row, trials
from effbench.errors import EffbenchError, SpecError
from effbench.stats.confidence import score


def made(path, images=400, exits_=2, classes=10, seed=0):
    """A file of predictions that are right more often at later exits."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, images)
    logits = rng.normal(size=(images, exits_, classes))
    for k in range(exits_):
        logits[np.arange(images), k, labels] += 3 * rng.exponential(1 + k, images)
    np.savez(path, logits=logits, labels=labels)
    return path


@pytest.fixture
def prices():
    return exits.counted_prices("ravit_cifar10:1-3", None, "ravit", score("entropy"))


@pytest.fixture
def data(tmp_path, prices):
    one, other = made(tmp_path / "test.npz"), made(tmp_path / "calibration.npz", seed=1)
    return exits.study(one, prices, "entropy", calibrate_on=other)


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
    small, large = (exits.counted_prices("ravit_cifar10:1-3", s, "macs", score("entropy")).costs for s in (32, 64))
    assert large[0] > 3 * small[0]
    assert large[1] > 3 * small[1]


def test_a_model_with_one_exit():
    with pytest.raises(SpecError, match="vit_base_patch16 has one exit"):
        exits.counted_prices("vit_base_patch16", None, "macs", score("entropy"))


def test_rows_are_of_the_test_images(data):
    row = exits.policy_row(data, "given", exits.given_policy(data, ["0.5"]))
    judged = data.judged(Policy(score="entropy", thresholds=(0.5,)))
    assert row["left"] == list(judged.left)
    assert row["images"] == 400
    assert row["cost_total"] == judged.left[0] * 6_832_640 + judged.left[1] * 89_999_360
    assert row["cost_low"] < row["cost"] < row["cost_high"]
    assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]


def test_classes_add_up_to_the_whole(data):
    policy = exits.given_policy(data, ["0.5"])
    whole, rows = exits.policy_row(data, "given", policy), exits.class_rows(data, "given", policy)
    assert [row["class"] for row in rows] == list(range(10))
    for key in ("images", "correct", "cost_total"):
        assert sum(row[key] for row in rows) == whole[key]


def test_words_for_thresholds(data):
    never = exits.policy_row(data, "given", exits.given_policy(data, ["never"]))
    assert (never["left"], never["thresholds"]) == ([0, 400], ["never"])
    with pytest.raises(SpecError, match=r"not a threshold .* 'soon'"):
        exits.given_policy(data, ["soon"])
    with pytest.raises(SpecError, match="2 exits needs 1 thresholds"):
        exits.given_policy(data, ["0.5", "0.5"])


def test_thresholds_are_chosen_on_the_calibration_images(data):
    policy = exits.cheapest_policy(data, 0.8, cooled=False)
    on_calibration = data.choosing.correct()[np.arange(400), policy.decide(policy.scores(data.choosing.logits))]
    assert on_calibration.mean() >= 0.8
    budget = exits.most_accurate_policy(data, "40M", cooled=False)
    decided = budget.decide(budget.scores(data.choosing.logits))
    assert np.asarray(data.prices.costs)[decided].mean() <= 40e6


def test_temperatures_come_with_the_policy_and_decide(data):
    policy = exits.most_accurate_policy(data, "40M", cooled=True)
    assert len(policy.temperatures) == 2
    decided = policy.decide(policy.scores(data.choosing.logits))
    assert np.asarray(data.prices.costs)[decided].mean() <= 40e6


def test_a_guarantee_uses_all_calibration_images_where_it_may(data):
    _, whole = exits.guaranteed_policy(data, max_loss=0.05, delta=0.05, method="fixed-sequence", cooled=False)
    _, half = exits.guaranteed_policy(data, max_loss=0.05, delta=0.05, method="fixed-sequence", cooled=True)
    assert (whole.images, half.images) == (400, 200)  # temperatures are fitted on the other half


def test_a_guarantee_of_several_early_exits_keeps_half_to_order_the_tests(tmp_path):
    prices = exits.counted_prices("ravit_imagenet:1-1-8", None, "macs", score("entropy"))
    path = made(tmp_path / "p.npz", exits_=3, classes=1000)
    data = exits.study(path, prices, "entropy", calibrate_share=0.75)
    policy, found = exits.guaranteed_policy(data, max_loss=0.1, delta=0.1, method="fixed-sequence", cooled=False)
    assert (found.images, data.test.images) == (150, 100)
    assert len(policy.thresholds) == 2


def test_a_guarantee_needs_images_of_its_own(tmp_path, prices):
    data = exits.study(made(tmp_path / "p.npz"), prices, "entropy")
    with pytest.raises(SpecError, match="--calibrate-on FILE or --calibrate-share"):
        exits.guaranteed_policy(data, max_loss=0.05, delta=0.05, method="fixed-sequence", cooled=False)


def test_the_same_file_twice_is_refused(tmp_path, prices):
    path = made(tmp_path / "p.npz")
    with pytest.raises(EffbenchError, match="400 images stand in the calibration and in the test predictions"):
        exits.study(path, prices, "entropy", calibrate_on=path)


def test_predictions_of_another_network(tmp_path, prices):
    with pytest.raises(SpecError, match=r"has 3 exits, ravit_cifar10:1-3 has 2"):
        exits.study(made(tmp_path / "p.npz", exits_=3), prices, "entropy")


def test_the_front_is_cheap_to_accurate_on_the_images_that_choose(tmp_path, prices):
    data = exits.study(made(tmp_path / "p.npz"), prices, "entropy")
    rows = [exits.policy_row(data, "front", policy) for policy in exits.front_policies(data, cooled=False)]
    assert [row["cost_total"] for row in rows] == sorted(row["cost_total"] for row in rows)
    assert [row["correct"] for row in rows] == sorted(row["correct"] for row in rows)


def test_a_battery(data):
    found = {t.name: trial_row(data, t) for t in trials(data, "battery", images=200, capacity=0.5, target=None)}
    assert found["never exits"]["served"] == 100
    assert found["by charge per image left"]["served"] == 200
    assert found["by charge per image left"]["accuracy"] > found["never exits"]["accuracy"]


def test_a_latency(data):
    found = {t.name: trial_row(data, t) for t in trials(data, "latency", images=2000, capacity=1, target=50e6)}
    assert found["never exits"]["cost"] == 89_999_360
    assert found["by recent cost"]["cost"] == pytest.approx(50e6, rel=0.1)
    assert found["by recent cost"]["charge_left"] is None


@pytest.mark.parametrize(
    ("kind", "capacity", "target", "said"),
    [
        ("battery", 0, None, "capacity is a share"),
        ("battery", 1.5, None, "capacity is a share"),
        ("latency", 1, None, "target above 0"),
        ("latency", 1, -1.0, "target above 0"),
    ],
)
def test_trials_that_cannot_be(data, kind, capacity, target, said):
    with pytest.raises(SpecError, match=said):
        trials(data, kind, images=100, capacity=capacity, target=target)


def test_figures(data):
    pytest.importorskip("matplotlib")
    chosen = exits.given_policy(data, ["0.5"])
    assert sorted(study_figures(data, chosen)) == [f"exits_entropy_{kind}" for kind in ("front", "shares", "threshold")]
    for kind, target in (("battery", None), ("latency", 50e6)):
        found = trials(data, kind, images=100, capacity=0.5, target=target)
        assert list(stream_figures(data, kind, found, target)) == [f"exits_entropy_{kind}"]
