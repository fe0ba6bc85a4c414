"""One row shape for every number."""

from __future__ import annotations

import dataclasses

import pytest

from effbench.profiling.record import Record

RECORD = Record(
    model="ci2p_vit", metric="cost", value=8_476_811_264, unit="MAC", source="analytic", by="a formula", size=256
)


def test_a_row_is_flat_with_companions_among_the_fields():
    row = dataclasses.replace(RECORD, convention="ci2p", also={"params": 88_956_320}).as_row()
    assert row == {
        "model": "ci2p_vit",
        "metric": "cost",
        "value": 8_476_811_264,
        "unit": "MAC",
        "source": "analytic",
        "by": "a formula",
        "size": 256,
        "batch": 1,
        "convention": "ci2p",
        "params": 88_956_320,
    }


def test_a_record_is_of_one_image_and_no_convention_unless_said():
    assert (RECORD.batch, RECORD.convention, dict(RECORD.also)) == (1, None, {})


def test_a_record_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECORD.value = 1


def test_a_measurement_brings_its_conditions():
    row = dataclasses.replace(RECORD, metric="latency", value=0.25, conditions={"load": 1.5}).as_row()
    assert (row["value"], row["load"], "conditions" in row) == (0.25, 1.5, False)


def test_of_one_name_the_condition_counts_then_the_companion():
    said = dataclasses.replace(RECORD, also={"batch": 2, "load": 2}, conditions={"load": 3}).as_row()
    assert (said["batch"], said["load"]) == (2, 3)
