from effbench.early_exit.table import cost, percent, policy_columns, stream_columns
from effbench.render.table import render

ROW = {
    "policy": "given",
    "class": 3,
    "thresholds": ["never", 0.123456],
    "images": 8,
    "accuracy": 0.8125,
    "accuracy_low": 0.5,
    "accuracy_high": 1.0,
    "cost": 1_234_567.5,
    "cost_low": 1_000_000.0,
    "cost_high": 2_000_000.0,
    "worst_case": 3_000_000,
    "left": [2, 6],
    "calibration_error": 0.01234,
    "unit": "MAC",
    "convention": "macs",
}


def cells(row, columns):
    """The cells of the only line of a table."""
    return [cell.strip() for cell in render([row], columns, "markdown").splitlines()[-1].strip("|").split("|")]


def test_a_policy():
    assert cells(ROW, policy_columns(False)) == [
        "given",
        "never 0.1235",
        "81.3 %",
        "50.0 % to 100.0 %",
        "1.23 M MACs",
        "1.00 M MACs to 2.00 M MACs",
        "3.00 M MACs",
        "25.0 % 75.0 %",
        "0.0123",
    ]


def test_a_class_has_its_number_of_images():
    assert cells(ROW, policy_columns(True))[:3] == ["3", "8", "never 0.1235"]


def test_measured_costs_keep_four_digits():
    assert cost("cost")({"cost": 0.00123456, "unit": "s", "convention": None}) == "0.001235 s"
    assert cost("cost")({"cost": None, "unit": "s", "convention": None}) == "-"
    assert percent(0.8125) == "81.3 %"


def test_a_controller():
    row = {
        "controller": "never exits",
        "images": 20,
        "served": 3,
        "accuracy": 0.1,
        "accuracy_served": None,
        "cost": 5.0,
        "cost_easy": 5.0,
        "cost_hard": None,
        "charge_left": None,
        "unit": "J",
        "convention": None,
    }
    assert cells(row, stream_columns()) == ["never exits", "3 of 20", "10.0 %", "-", "5 J", "5 J", "-", "-"]
