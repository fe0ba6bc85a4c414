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
    assert set(rows) == {visit["subject"]["model"] for visit in visits}
    for name, row in rows.items():
        own = [median(v["samples"]["wall"]) for v in visits if v["subject"]["model"] == name]
        assert row["latency"] == pytest.approx(median(own) / 1e9, rel=1e-5)
        assert row["latency_low"] < row["latency"] < row["latency_high"]
        assert row["processes"] == len(own)
        assert row["cpu"]
        assert row["command"].startswith("effbench profile")


def test_what_is_too_noisy_to_report_is_left_out(tmp_path: Path) -> None:
    record = tmp_path / "reports/profile/ci2p_inference.jsonl"
    record.parent.mkdir(parents=True)
    entries = [json.loads(line) for line in (ROOT / "reports/profile/ci2p_inference.jsonl").read_text().splitlines()]
    first = next(entry for entry in entries if entry["kind"] == "visit")
    first["samples"]["wall"] = [50 * one for one in first["samples"]["wall"]]
    record.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    models = {entry["subject"]["model"] for entry in entries if entry["kind"] == "visit"}
    assert {row["model"] for row in profile_rows(tmp_path)} == models - {first["subject"]["model"]}


def test_without_records_there_is_nothing(tmp_path: Path) -> None:
    assert profile_rows(tmp_path) == []
