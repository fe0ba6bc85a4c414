import pytest

pytest.importorskip("scipy")

from dataclasses import replace

from effbench.early_exit.choice import given_policy
from effbench.early_exit.policy import Policy
from effbench.early_exit.predictions import predictions
from effbench.early_exit.prices import given_prices
from effbench.early_exit.promise import Guarantee
from effbench.early_exit.table import TrialRow, class_rows, policy_columns, policy_row, shown_cost, trial_columns
from effbench.render.table import render

KEYS = (
    "model,policy,score,thresholds,temperatures,images,left,correct,accuracy,accuracy_low,accuracy_high,"
    "cost,cost_low,cost_high,cost_total,worst_case,calibration_error,unit,convention,source,by"
)


def cells(row, columns):
    """The cells of the only line of a table."""
    return [cell.strip() for cell in render([row], columns, "markdown").splitlines()[-1].strip("|").split("|")]


@pytest.fixture
def row(data):
    """Images 1 to 6 of 8 leave early, 7 are right; an exit costs 1 or 3 M MACs."""
    logits = [[[4, 0], [4, 0]]] * 6 + [[[0, 0], [4, 0]], [[0, 0], [0, 4]]]
    prices = replace(data.prices, costs=(1_000_000, 3_000_000), unit="MAC", convention="macs")
    small = replace(data, test=predictions(logits, [0] * 8), prices=prices)
    return policy_row(small, "given", Policy(score="entropy", thresholds=(0.123456,)))


def test_a_policy(row):
    assert cells(row, policy_columns(False)) == [
        "given",
        "0.1235",
        "87.5 %",
        "52.9 % to 97.8 %",
        "1.50 M MACs",
        "1.00 M MACs to 2.25 M MACs",
        "3.00 M MACs",
        "75.0 % 25.0 %",
        f"{row.judged.calibration_error():.4f}",
    ]


def test_figures_stand_on_the_right_of_their_columns():
    assert [one.title for one in policy_columns(False) if not one.right] == ["policy", "thresholds"]


def test_exact_values_have_the_keys_of_the_file_formats(row):
    values = row.plain()
    assert list(values) == [
        "model",
        "policy",
        "score",
        "thresholds",
        "temperatures",
        "images",
        "left",
        "correct",
        "accuracy",
        "accuracy_low",
        "accuracy_high",
        "cost",
        "cost_low",
        "cost_high",
        "cost_total",
        "worst_case",
        "calibration_error",
        "unit",
        "convention",
        "source",
        "by",
    ]
    assert (values["left"], values["cost_total"], values["worst_case"]) == ((6, 2), 12_000_000, 3_000_000)
    assert values["cost_low"] < values["cost"] < values["cost_high"]
    assert values["accuracy_low"] < values["accuracy"] < values["accuracy_high"]


def test_a_guarantee_stands_at_the_end_and_a_class_at_the_beginning(row):
    promise = Guarantee(
        thresholds=(0.1,), max_loss=0.02, delta=0.05, harmed=0, images=299, tested=3, passed=1, method="fixed-sequence"
    )
    values = replace(row, promise=promise, label=3).plain()
    assert next(iter(values.items())) == ("class", 3)
    assert list(values)[-6:] == [
        "max_loss",
        "delta",
        "calibration_images",
        "calibration_harmed",
        "loss_bound",
        "method",
    ]
    assert values["loss_bound"] == pytest.approx(1 - 0.05 ** (1 / 299))  # no event in n: (1 - p)^n = delta


def test_classes_add_up_to_the_whole(data):
    whole = policy_row(data, "given", given_policy(data, ["0.5"]))
    rows = class_rows(whole)
    assert [row.label for row in rows] == list(range(10))
    for key in ("images", "correct", "cost_total"):
        assert sum(row.plain()[key] for row in rows) == whole.plain()[key]
    assert cells(rows[3], policy_columns(True))[:3] == ["3", str(rows[3].judged.images), "0.5"]


def test_measured_costs_keep_four_digits():
    assert shown_cost(0.00123456, "s", None) == "0.001235 s"
    assert given_prices("mine", [1.0, 2.0], "J").convention is None


def test_a_controller():
    row = TrialRow(
        model="mine",
        controller="never exits",
        images=20,
        served=3,
        accuracy=0.1,
        accuracy_served=None,
        cost=5.0,
        cost_easy=5.0,
        cost_hard=None,
        charge_left=None,
        unit="J",
        convention=None,
    )
    assert cells(row, trial_columns()) == ["never exits", "3 of 20", "10.0 %", "-", "5 J", "5 J", "-", "-"]
