"""Predictions against the shipped weights, worked out by hand, and against a fit made here."""

from __future__ import annotations

from math import exp, log

import pytest

from effbench.errors import EffbenchError, UnknownName
from effbench.models.shipped import shipped
from effbench.prediction.answers import predict
from effbench.prediction.columns import COLUMNS, SHARED, values
from effbench.prediction.fitted import Width, correction, fitted, validations
from effbench.prediction.published import published, speeds_of

RTX3090 = "infer-amp-nchw-pt240-cu124-rtx3090"


def test_a_prediction_is_the_weighted_sum_of_its_columns():
    (row,) = predict(["resnet50"], None, ["rtx3090"])
    network = shipped().find("resnet50")
    assert network is not None
    terms, one = network.terms, fitted()[RTX3090]
    seconds = 0.0
    for name, added in COLUMNS.items():
        amount = sum(terms.get(term, 0) for term in added) if added else 1
        seconds += one.weights.get(name, 0.0) * amount / (1024 if name in SHARED else 1)
    by = correction(network, RTX3090)
    assert row.images_per_s == pytest.approx(exp(by.log) / seconds)
    assert row.high / row.images_per_s == pytest.approx(row.images_per_s / row.low)
    assert log(row.high / row.images_per_s) == pytest.approx(one.width.base * (1 + one.width.growth * by.distance))
    assert (row.batch, row.machine, row.seconds) == (1024, RTX3090, pytest.approx(1 / row.images_per_s))
    assert row.published == speeds_of(network)[RTX3090].rate


def test_every_setting_of_inference_has_a_row_and_training_is_apart():
    rows = predict(["timm/vit_base_patch16_224"])
    assert len(rows) == 20
    assert not any(row.machine.startswith("train") for row in rows)
    assert predict(["resnet50"], None, ["train-rtx3090"])[0].machine.startswith("train-")


def test_the_published_batch_stands_and_another_is_refused():
    assert {row.batch for row in predict(["resnet50"], None, ["i7_12700h"], 1)} == {1}
    with pytest.raises(EffbenchError, match="batches of 1024"):
        predict(["resnet50"], None, ["rtx3090"], 8)


def test_a_name_of_timm_needs_no_prefix_and_a_wrong_one_is_refused():
    (row,) = predict(["vit_base_patch16_clip_224.openai"], None, ["rtx3090"])
    assert row.size == 224
    with pytest.raises(UnknownName):
        predict(["vit_bas_patch16"], None, ["rtx3090"])


def test_predictions_are_near_what_was_published():
    errors = []
    for network in shipped().networks:
        speed = speeds_of(network).get(RTX3090)
        if speed is not None:
            seconds = fitted()[RTX3090].seconds(values(network.terms, speed.batch))
            errors.append(abs(seconds * exp(-correction(network, RTX3090).log) * speed.rate - 1))
    assert len(errors) > 1200
    assert sorted(errors)[len(errors) // 2] < 0.06


def test_a_network_farther_away_has_a_wider_interval():
    one = Width(0.1, 0.5, 4.0)
    assert one.factor(4.0) > one.factor(0.0) == pytest.approx(exp(0.1))


def test_a_network_that_is_not_shipped_is_predicted():
    pytest.importorskip("torch")
    pytest.importorskip("scipy")
    (ours,) = predict(["vit_base_patch16"], None, ["rtx3090"])
    (timms,) = predict(["timm/vit_base_patch16_224"], None, ["rtx3090"])
    assert ours.images_per_s == pytest.approx(timms.images_per_s, rel=0.1)
    assert ours.published is None


def test_shipped_corrections_are_those_of_the_fit():
    np = pytest.importorskip("numpy")
    pytest.importorskip("scipy")
    from effbench.prediction.fitting import make

    setting = next(one for one in published().settings if one.name == RTX3090)
    made = make(setting)
    assert made.fitted.weights == pytest.approx(dict(fitted()[RTX3090].weights), rel=0.02)
    kept = [correction(network, RTX3090).log for network in shipped().networks]
    assert np.abs(np.array([one.log for one in made.corrections]) - kept).max() < 0.01


def test_the_targets_of_cross_validation_are_met():
    found = [one for one in validations() if not one.machine.startswith("train")]
    medians = sorted(one.median_error for one in found)
    assert len(found) == 20
    assert medians[len(medians) // 2] <= 0.09
    assert medians[-1] <= 0.12
    assert max(one.p90_error for one in found) <= 0.35
    assert all(0.86 <= one.coverage <= 0.94 for one in found)
    assert all(one.median_error < one.macs_alone for one in found)
