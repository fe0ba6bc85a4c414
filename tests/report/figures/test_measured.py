from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the ratio of a training step is counted")
pytest.importorskip("scipy")

from effbench.claims.load import papers
from effbench.report.figures.measured import roofline_figures
from effbench.report.figures.speedups import speedups_figure

ROOT = Path(__file__).parents[3]


def test_every_ratio_is_of_time() -> None:
    """CI2P-ViT trains "about 2 x" faster: half the time; RAViT 1-3 takes 81 % of the operations: 0.81."""
    speed = speedups_figure(papers())
    rows = {(row.model, row.task): row for row in speed.rows}
    assert speed.rows[0].claimed == 0.5
    assert rows["ravit_cifar10:1-3", "infer"].claimed == 0.81
    for row in speed.rows:
        assert row.low < row.measured < row.high
        assert 0 < row.predicted < 1


def test_a_roofline_is_drawn_from_its_record() -> None:
    roofline = roofline_figures(ROOT)[0]
    record = ROOT / "reports" / "roofline" / f"{roofline.name}.csv"
    kept = list(csv.DictReader(io.StringIO(record.read_text(encoding="utf-8"))))
    shown = list(csv.DictReader(io.StringIO(roofline.csv().decode())))
    assert [row["macs"] for row in shown] == [row["macs"] for row in kept]
    assert [float(row["intensity"]) for row in shown] == [float(row["intensity"]) for row in kept]
