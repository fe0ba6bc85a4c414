"""Numbers that say nothing are called so: in tables, in JSON, in maps; ceilings of a busy machine are not kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from effbench.processes.environment import conditions
from effbench.profiling.noise import is_busy, reported, too_wide
from effbench.profiling.table import profile_columns, profile_notes

ROW = {
    "model": "m",
    "size": 224,
    "batch": 1,
    "device": "cpu",
    "dtype": "fp32",
    "mode": "eager",
    "task": "infer",
    "status": "measured",
    "reason": None,
    "processes": 3,
    "samples": 90,
    "latency": 0.034,
    "latency_low": 0.0014,
    "latency_high": 0.8235,
    "latency_p90": 0.05,
    "throughput": 29.0,
    "throughput_low": 28.0,
    "throughput_high": 30.0,
}


@pytest.mark.parametrize(("low", "high", "wide"), [(0.5, 3.5, False), (0.5, 3.51, True), (0.9, 1.1, False)])
def test_three_times_is_too_wide(low, high, wide):
    assert too_wide(1.0, low, high) is wide


def test_only_what_is_noisy_goes_and_why_is_said_with_the_load():
    row = reported(ROW, load=13.7)
    assert (row["latency"], row["latency_low"], row["latency_high"], row["latency_p90"]) == (None,) * 4
    assert row["throughput"] == 29.0
    assert row["noise"] == "too noisy to report: latency from 0.0014 to 0.8235, at load 13.7"


def test_a_quiet_row_is_as_it_was():
    assert reported({**ROW, "latency_high": 0.05}) == {**ROW, "latency_high": 0.05}


def test_a_ratio_has_its_interval_beside_its_clock():
    row = reported({"wall_ratio": 1.0, "wall_low": 0.1, "wall_high": 9.0})
    assert (row["wall_ratio"], row["noisy"]) == (None, ["wall_ratio"])


def test_tables_say_it():
    row = reported(ROW, load=3.0)
    cells = {column.title: column.show(row) for column in profile_columns([row])}
    assert cells["latency"] == "too noisy to report"
    assert "29" in cells["images/s"]
    assert any("at load 3.0" in note for note in profile_notes([row]))


@pytest.mark.parametrize(("load", "busy"), [(None, False), (0.5, False), (13.7, True)])
def test_a_machine_is_busy_by_its_load(load, busy):
    assert is_busy(replace(conditions(), load=load, cores=2)) is busy
