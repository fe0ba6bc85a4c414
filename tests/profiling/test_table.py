"""Tables of profiles, from rows written by hand."""

from __future__ import annotations

import pytest

from effbench.profiling.table import (
    between,
    knee_note,
    label,
    profile_columns,
    profile_notes,
    ratio_columns,
    ratio_notes,
)
from effbench.render.table import render

pytest.importorskip("tabulate")

ROW = {
    "model": "a",
    "size": 32,
    "batch": 4,
    "dtype": "fp32",
    "mode": "eager",
    "task": "infer",
    "device": "cpu",
    "again": False,
    "status": "measured",
    "reason": None,
    "processes": 5,
    "samples": 30,
    "steady": True,
    "latency": 0.0123456,
    "latency_low": 0.012,
    "latency_high": 0.013,
    "latency_p90": 0.0131,
    "latency_p99": None,
    "latency_wall": 0.0123456,
    "latency_cpu": 0.00001234,
    "throughput": 324.0,
    "peak_predicted": 2048,
    "peak_memory": None,
    "peak_memory_reason": "no counter",
    "energy": None,
    "energy_reason": "no RAPL",
}
FAILED = {name: ROW[name] for name in ("model", "size", "batch", "dtype", "mode", "task", "device", "again")} | {
    "model": "b",
    "status": "out_of_memory",
    "reason": "no room",
    "processes": 0,
}
GPU = ROW | {
    "device": "cuda",
    "latency_device": 0.0123456,
    "latency_launch": 0.012,
    "host_bound": True,
    "slowed_by": ["hardware_thermal"],
}


def titles(rows):
    return [column.title for column in profile_columns(rows)]


def test_numbers_have_four_digits_and_their_unit():
    table = render([ROW], profile_columns([ROW]), "table")
    for text in ("12.35 ms", "12.00 ms .. 13.00 ms", "13.10 ms", "12.34 µs", "324.0", "2.0 KiB"):
        assert text in table


def test_a_column_that_nothing_fills_is_left_out():
    assert "peak measured" not in titles([ROW])
    assert "p99" not in titles([ROW])
    assert "dtype" not in titles([ROW])
    assert "status" not in titles([ROW])
    assert "wall" not in titles([ROW])  # it is the latency


def test_what_varies_and_what_failed_has_a_column():
    rows = [ROW, ROW | {"dtype": "bf16"}, FAILED]
    assert {"dtype", "status"} <= set(titles(rows))
    assert "out_of_memory" in render(rows, profile_columns(rows), "table")
    assert {"wall", "launch"} <= set(titles([GPU]))


def test_what_is_missing_is_said():
    notes = "\n".join(profile_notes([ROW, FAILED, ROW | {"steady": False}]))
    for text in (
        "p99: not told from 30 samples, takes 299",
        "peak measured: not available: no counter.",
        "energy: not available: no RAPL.",
        "b, batch 4, fp32 eager infer: out_of_memory: no room.",
        "a, batch 4, fp32 eager infer: not steady after its warm-up.",
        "by wall time",
    ):
        assert text in notes
    assert "p90: not told" not in notes


def test_a_gpu_that_is_held_up_or_slowed_is_named():
    notes = "\n".join(profile_notes([GPU]))
    assert "launch-bound" in notes
    assert "clocks slowed by hardware_thermal" in notes
    assert "by the device's events" in notes


def test_an_interval_without_an_end_is_none():
    assert between({"x_low": None, "x_high": 1.0}, "x", str) == "-"
    assert between({}, "x", str) == "-"
    assert between({"x_low": 1.0, "x_high": 2.0}, "x", str) == "1.0 .. 2.0"


def test_a_knee_that_is_not_sure_says_so():
    assert "leave a smaller one possible" in knee_note(ROW, 4, 8, sure=False)
    assert "possible" not in knee_note(ROW, 4, 8, sure=True)
    assert "knee at batch 4" in knee_note(ROW, 4, 8, sure=True)


def test_a_row_that_was_measured_again_is_called_so():
    assert label(ROW | {"again": True}).endswith(", again")


def test_ratios_stand_beside_the_predicted_one():
    row = {name: ROW[name] for name in ("model", "size", "batch", "dtype", "mode", "task", "status", "reason")} | {
        "device": "cpu",
        "against": "base",
        "sets": 8,
        "macs_ratio": 0.7,
        "wall_step": 0.02,
        "wall_ratio": 0.81,
        "wall_low": 0.79,
        "wall_high": 0.83,
        "cpu_step": 0.02,
        "cpu_ratio": None,
        "cpu_low": None,
        "cpu_high": None,
    }
    table = render([row], ratio_columns([row]), "table", notes=ratio_notes([row]))
    for text in ("0.810", "0.790 .. 0.830", "0.700", "over that of base"):
        assert text in table
    assert "device per step" not in table
