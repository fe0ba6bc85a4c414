from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("numpy")
pytest.importorskip("scipy")

from effbench.render.plain import plain
from effbench.report.figures.exits import exit_figures

ROOT = Path(__file__).parents[3]


def test_three_figures_of_the_stored_network() -> None:
    found = {figure.name: figure for figure in exit_figures(ROOT)}
    assert set(found) == {"exits_digits_threshold", "exits_digits_shares", "exits_digits_front"}
    rows = [plain(row) for row in found["exits_digits_threshold"].rows]
    costs = [row["mean_cost"] for row in rows]
    assert costs == sorted(costs, reverse=True)  # a looser threshold never costs more
    assert all(row["left_1"] + row["left_2"] == 450 for row in rows)
    front = [plain(row) for row in found["exits_digits_front"].rows]
    assert [row["cost_total"] for row in front] == sorted(row["cost_total"] for row in front)


def test_without_predictions_there_is_no_figure(tmp_path: Path) -> None:
    assert exit_figures(tmp_path) == []
