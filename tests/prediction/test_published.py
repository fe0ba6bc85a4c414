"""The shipped table of speeds."""

from __future__ import annotations

from effbench.models.shipped import shipped
from effbench.prediction.published import published, speeds_of


def test_there_are_20_settings_of_inference_and_2_of_training():
    assert [one.trains for one in published().settings].count(False) == 20
    assert len(published().settings) == 22


def test_a_line_is_as_published():
    # benchmark-infer-amp-nchw-pt240-cu124-rtx4090.csv: test_vit,160,188343.61,5.426,1024
    speed = published().rows["test_vit", 160]["infer-amp-nchw-pt240-cu124-rtx4090"]
    assert (speed.batch, speed.rate) == (1024, 188344.0)


def test_few_published_models_have_no_count():
    missing = published().uncounted()
    assert len(missing) <= 12
    assert len(published().rows) > 1500


def test_a_tag_of_the_same_network_has_its_speed():
    plain, tag = shipped().find("resnet50"), shipped().find("resnet50.a1_in1k")
    assert plain is not None
    assert tag is plain
    assert speeds_of(plain)["infer-amp-nchw-pt240-cu124-rtx3090"].rate > 1000
