"""The committed atlas: what it covers, and that its numbers are what is counted now."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

COMMITTED = Path(__file__).parents[3] / "reports" / "atlas" / "atlas.csv"

SPREAD = 150
"""Every so many rows one is counted again, of the small ones."""

SMALL = 20_000_000_000
"""Multiply-accumulates of networks that are counted in a blink."""


@pytest.fixture(scope="module")
def table():
    with COMMITTED.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_more_than_1500_models_are_covered_and_every_failure_has_a_reason(table):
    counted = [row for row in table if not row["failed"]]
    assert len(counted) >= 1500
    assert len({(row["model"].partition(".")[0], row["input"], row["classes"]) for row in counted}) >= 1500
    assert all(row["macs"] or row["failed"] for row in table)


def test_pytorch_finds_the_same_for_all(table):
    assert {row["torch"] for row in table if not row["failed"]} == {"equal"}


def test_kinds_add_up(table):
    for row in table:
        parts = [int(row[kind]) for kind in ("mac_conv", "mac_linear", "mac_qk", "mac_av", "mac_matmul", "mac_fft")]
        assert sum(parts) == int(row["macs"])
        assert float(row["attention_share"]) == round((parts[2] + parts[3]) / int(row["macs"]), 6)


def test_what_is_counted_now_is_what_stands_there(table):
    pytest.importorskip("torch")
    timm = pytest.importorskip("timm")
    if f"timm {timm.__version__};" not in COMMITTED.with_suffix(".md").read_text(encoding="utf-8"):
        pytest.skip("the atlas is of another version of timm")
    from effbench.counting.atlas.gather import wanted
    from effbench.counting.atlas.rows import row as row_of
    from effbench.counting.atlas.worker import facts_of
    from effbench.render.plain import plain

    for row in [row for row in table if int(row["macs"]) < SMALL][::SPREAD]:
        now = plain(row_of(wanted(row["model"]), facts_of(row["model"])))
        del now["torch"]
        assert {name: str(value) for name, value in now.items()} == {name: row[name] for name in now}
