from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numpy")
pytest.importorskip("scipy")

from effbench.early_exit.choice import given_policy
from effbench.early_exit.table import policy_row
from effbench.render.table import render
from effbench.report.data.exits import STORED, exit_rows, opened, shown

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def row() -> dict[str, Any]:
    (found,) = json.loads(render(exit_rows(ROOT), [], "json"))
    return found


def test_steps_go_from_never_to_always(row: dict[str, Any]) -> None:
    steps = row["steps"]
    assert (steps[0]["threshold"], steps[-1]["threshold"]) == ("never", "always")
    assert steps[0]["left"] == [0, row["images"]]
    assert steps[-1]["left"] == [row["images"], 0]
    early = [step["left"][0] for step in steps]
    assert early == sorted(set(early))  # each lets more images leave early than the one before


def test_a_step_is_what_effbench_exits_says(row: dict[str, Any]) -> None:
    """Mean cost in the page is Σ left · cost / images; its interval is that of the table, in whole operations."""
    data = opened(STORED[0], ROOT)
    for step in row["steps"][:: len(row["steps"]) // 5]:
        word = str(step["threshold"])
        told = policy_row(data, "given", given_policy(data, [word])).plain()
        assert tuple(step["left"]) == told["left"]
        assert step["correct"] == told["correct"]
        assert step["cost"]["macs"] == [round(told["cost_low"]), round(told["cost_high"])]
        total = sum(n * cost for n, cost in zip(step["left"], row["costs"]["macs"], strict=True))
        assert total == told["cost_total"]


def test_without_stored_predictions_there_is_no_curve(tmp_path: Path) -> None:
    assert exit_rows(tmp_path) == []


def test_shown_thresholds_have_six_digits() -> None:
    assert shown(0.7387123456789) == 0.738712
