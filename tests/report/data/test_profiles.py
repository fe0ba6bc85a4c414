from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import pytest

pytest.importorskip("numpy")
pytest.importorskip("scipy")

from effbench.report.data.profiles import profile_rows

ROOT = Path(__file__).parents[3]


def test_latencies_are_those_of_the_record() -> None:
    """Median over processes of each one's median, as the table beside the record has it."""
    rows = {row["model"]: row for row in profile_rows(ROOT) if row["file"].endswith("ci2p_inference.jsonl")}
    lines = (ROOT / "reports/profile/ci2p_inference.jsonl").read_text(encoding="utf-8").splitlines()
    visits = [entry for entry in map(json.loads, lines) if entry["kind"] == "visit"]
    noisy = {"ci2p_vit_ds"}  # 0.27 to 4.58 s, at load 3: too noisy to report
    assert set(rows) == {visit["subject"]["model"] for visit in visits} - noisy
    for name, row in rows.items():
        own = [median(v["samples"]["wall"]) for v in visits if v["subject"]["model"] == name]
        assert row["latency"] == pytest.approx(median(own) / 1e9, rel=1e-5)
        assert row["latency_low"] < row["latency"] < row["latency_high"]
        assert row["processes"] == len(own)
        assert row["cpu"]
        assert row["command"].startswith("effbench profile")


def test_without_records_there_is_nothing(tmp_path: Path) -> None:
    assert profile_rows(tmp_path) == []
