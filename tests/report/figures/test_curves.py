"""Learning curves of the committed sweeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from effbench.report.figures.curves import curve_figures

ROOT = Path(__file__).parents[3]


def test_every_run_with_a_curve_is_in_the_figure_of_its_experiment():
    found = {figure.name: figure for figure in curve_figures(ROOT)}
    rows = found["learning_curves_ravit_cifar10_short"].rows
    assert {row.epochs for row in rows} == {12}
    per_run = {}
    for row in rows:
        per_run.setdefault(row.key, []).append(row.epoch)
    assert len(per_run) >= 12
    assert all(epochs == list(range(1, 13)) for epochs in per_run.values())
    assert "learning_curves_ravit_textures_heatmap" not in found  # looked at once


def test_the_drawing_names_every_run():
    pytest.importorskip("matplotlib")
    figure = next(one for one in curve_figures(ROOT) if "table1" in one.name)
    svg = figure.draw()["svg"].decode()
    assert all(f"{row.model}, {row.accuracy:.1f} %" in svg for row in figure.rows if row.epoch == row.epochs)


def test_without_a_store_there_is_none(tmp_path):
    assert curve_figures(tmp_path) == []
