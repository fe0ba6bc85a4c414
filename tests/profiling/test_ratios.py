"""Ratios of time beside what operation counts predict."""

from __future__ import annotations

import math

import pytest

from effbench.cost.convention import convention
from effbench.models.registry import resolve
from effbench.profiling.ratios import flat, macs
from effbench.profiling.sets import Comparison
from effbench.profiling.worker.job import Job

pytest.importorskip("scipy")

A, B = Job(model="vit_cifar10:4", batch=4), Job(model="ravit_cifar10:1-3", batch=4)


def one_set(ratio):
    """Two rounds in which B takes that many times A's 10 ms, by both clocks."""
    turn = {A.model: 10_000_000, B.model: round(10_000_000 * ratio)}
    rounds = [{name: {"wall": [ns, ns], "cpu": [ns, ns]} for name, ns in turn.items()}] * 2
    return {"rounds": rounds, "warm": {name: {"steady": True} for name in turn}}


def test_the_ratio_is_the_geometric_mean_over_sets_with_students_interval():
    # ln 0.5 and ln 0.72: mean ln 0.6; half their distance times t(1) = 12.706 is the reach
    made = Comparison([A, B], 2, sets=[one_set(0.5), one_set(0.72)])
    row = flat(made)[1]
    assert row["wall_ratio"] == pytest.approx(0.6)
    reach = 12.7062 * math.log(0.72 / 0.5) / 2
    assert row["wall_low"] == pytest.approx(0.6 * math.exp(-reach), rel=1e-3)
    assert row["wall_high"] == pytest.approx(0.6 * math.exp(reach), rel=1e-3)
    assert row["wall_step"] == pytest.approx((0.005 + 0.0072) / 2)  # median of equally many of both


def test_the_predicted_ratio_is_that_of_the_counts():
    prices = convention("macs")
    one, two = (int(prices.total(resolve(job.model).cost())) for job in (A, B))
    rows = flat(Comparison([A, B], 2, sets=[one_set(0.5), one_set(0.7)]))
    assert [row["macs"] for row in rows] == [4 * one, 4 * two]
    assert rows[1]["macs_ratio"] == two / one


def test_macs_of_a_training_step_have_the_backward_pass_with_them():
    pytest.importorskip("torch")
    # a linear layer's backward pass costs its forward pass twice; the patch embedding needs no gradient of the image
    forward = macs(A.model, None, "infer")
    assert 2.5 * forward < macs(A.model, None, "train") < 3.5 * forward
