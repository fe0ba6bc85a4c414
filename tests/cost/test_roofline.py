"""A machine of 100 FLOP/s and 10 byte/s: its ridge is at 10 FLOP per byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.cost.roofline import Ceilings, model_flops_utilisation, under
from effbench.cost.traffic import Work

MACHINE = Ceilings(100.0, 10.0)


def work(macs, bytes):
    return Work(path="", kind="", macs=macs, bytes=bytes)


def test_the_ridge():
    assert MACHINE.ridge == 10


@pytest.mark.parametrize(("intensity", "rate"), [(0, 0), (1, 10), (9.5, 95), (10, 100), (11, 100), (1e9, 100)])
def test_attainable_follows_memory_up_to_the_ridge_and_then_the_product(intensity, rate):
    assert MACHINE.attainable(intensity) == rate


# 100 MACs are 200 FLOPs: 2 s. 5 bytes: 0.5 s, 40 bytes: 4 s
@pytest.mark.parametrize(("macs", "bytes", "seconds"), [(100, 5, 2), (100, 40, 4), (0, 40, 4), (100, 20, 2)])
def test_an_operation_takes_the_longer_of_products_and_transfers(macs, bytes, seconds):
    assert MACHINE.seconds(work(macs, bytes)) == seconds


def test_operations_run_one_after_the_other():
    part = under(MACHINE, [work(100, 5), work(0, 10), work(50, 20)])
    # 2 s by products, 1 s and 2 s by memory
    assert (part.macs, part.bytes, part.seconds, part.memory_seconds) == (150, 35, 5, 3)
    assert part.intensity == pytest.approx(300 / 35)
    assert (part.bound, part.flop_per_s) == ("memory", 60)


def test_bound_is_where_most_of_the_time_goes():
    assert under(MACHINE, [work(100, 5), work(0, 19)]).bound == "compute"  # 2 s against 1.9 s
    assert under(MACHINE, [work(100, 5), work(0, 21)]).bound == "memory"


def test_at_the_ridge_memory_is_not_the_limit():
    assert under(MACHINE, [work(50, 10)]).memory_seconds == 0


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 1000)), min_size=1))
def test_no_part_is_above_the_roof(pairs):
    part = under(MACHINE, [work(*pair) for pair in pairs])
    assert part.flop_per_s <= MACHINE.attainable(part.intensity) * (1 + 1e-12)


def test_utilisation_is_needed_flops_per_second_over_the_machine_s():
    # 150 MACs in 6 s: 50 FLOP/s of 100
    assert model_flops_utilisation(150, 6, MACHINE.flop_per_s) == 0.5
