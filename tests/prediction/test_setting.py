"""Names of settings."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError, UnknownName
from effbench.prediction.published import published
from effbench.prediction.setting import require_batch, resolve, short_name

KNOWN = published().settings


@pytest.mark.parametrize("setting", KNOWN, ids=lambda one: one.name)
def test_every_setting_is_found_by_both_of_its_names(setting):
    assert resolve(setting.name, KNOWN) is setting
    assert resolve(short_name(setting, KNOWN), KNOWN) is setting


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("rtx3090", "infer-amp-nchw-pt240-cu124-rtx3090"),
        ("3090-nhwc", "infer-amp-nhwc-pt240-cu124-rtx3090"),
        ("RTX4090", "infer-amp-nchw-pt291-cu128-4090"),
        ("rtx4090-dynamo", "infer-amp-nchw-pt291-cu128-4090-dynamo"),
        ("train-rtx3090", "train-amp-nchw-pt112-cu113-rtx3090"),
    ],
)
def test_a_short_name_means_the_newest_eager_inference(short, full):
    assert resolve(short, KNOWN).name == full


def test_an_unknown_machine_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match="rtx3090") as caught:
        resolve("rtx309", KNOWN)
    assert len(str(caught.value)) <= 300


def test_a_name_that_several_machines_have_is_refused():
    with pytest.raises(EffbenchError, match="i7_12700h"):
        resolve("cpu", KNOWN)


def test_another_batch_is_refused():
    require_batch(None, 1024, "m", "net")
    require_batch(1024, 1024, "m", "net")
    with pytest.raises(EffbenchError, match="batches of 1024"):
        require_batch(32, 1024, "m", "net")
