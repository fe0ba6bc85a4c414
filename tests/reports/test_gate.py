"""The committed error rates of the gate are what its script makes of the committed pairs, and keep what is promised."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

pytest.importorskip("scipy")
pytest.importorskip("matplotlib")

FOLDER = Path(__file__).parents[2] / "reports" / "gate"


@pytest.fixture(scope="module")
def report():
    """The script, imported from its folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        import report as script

        yield script
    for name in ("report", "collect", "end_to_end"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def by_level(report):
    good = [entry for entry in report.journal.read(report.PAIRS)[1:] if not entry["failed"]]
    return {level: [entry for entry in good if entry["percent"] == level] for level in report.LEVELS}


def test_there_are_enough_independent_pairs(by_level):
    assert len(by_level[0]) >= 120
    assert all(len(by_level[level]) >= 60 for level in (3, 5, 10))
    seeds = [entry["seed"] for entries in by_level.values() for entry in entries]
    assert len(set(seeds)) == len(seeds)


def test_the_table_is_that_of_the_pairs(report, by_level):
    rows = report.level_rows(by_level)
    with (FOLDER / "error_rates.csv").open(encoding="utf-8", newline="") as stream:
        committed = list(csv.DictReader(stream))
    assert len(committed) == len(rows) == 4 * 2 * 2  # slow-downs, models, clocks
    for row, line in zip(rows, committed, strict=True):
        assert {key: type(value)(line[key]) for key, value in row.items()} == pytest.approx(row, abs=1e-9)
    head = report.journal.read(report.PAIRS)[0]
    assert report.text(rows, report.run_rows(), head) == (FOLDER / "error_rates.md").read_text(encoding="utf-8")


def test_what_is_promised_of_the_gate():
    with (FOLDER / "error_rates.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["clock"] == "cpu"]
    same = [float(row["fail"]) for row in rows if float(row["injected"]) == 0]
    found = {float(row["injected"]): float(row["fail"]) for row in rows if float(row["injected"]) > 0}
    assert max(same) <= 0.01
    assert found[0.05] >= 0.90
    assert found[0.10] == 1.0


def test_complete_calls_of_the_gate(report):
    calls = [entry for entry in report.journal.read(report.RUNS) if "percent" in entry]
    assert len(calls) >= 10
    assert all(call["exit"] != 1 for call in calls if call["percent"] == 0)
    assert all(call["exit"] == 1 for call in calls if call["percent"] == 10)
