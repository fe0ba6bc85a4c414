"""Speed-ups side by side: a row per claim and measurement, predictions from counts, and what is missing."""

from __future__ import annotations

import dataclasses
import json
import warnings

import pytest

from effbench.claims import speedups as speed
from effbench.claims.load import paper
from effbench.claims.speedups import speedups
from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError, MissingExtra
from effbench.files import cache
from effbench.models.registry import resolve

MODEL = "ravit_cifar10:1-3"
CI2P = paper("ci2p_vit")


def rows_of(*found):
    """Rows of RAViT on CIFAR-10."""
    return [row for row in speedups(paper("ravit"), found) if row.test.model == MODEL]


def test_a_claim_has_its_figure_prediction_and_measurement(ratio):
    (row,) = rows_of(ratio())
    assert (row.figure.text, row.figure.value, row.figure.unit, row.figure.metric) == ("81 %", 81, "%", "flops")
    # 45,493,760 MACs of RAViT over 55,838,976 of the ViT, as effbench flops prints them
    assert row.predicted == pytest.approx(100 * 45_493_760 / 55_838_976)
    assert (row.measured, *row.interval) == pytest.approx((80, 79, 81))
    assert row.verdict == "about 81 % holds in time on A processor, 1 thread, fp32, batch 8 (claimed of FLOPs)"
    plain = row.plain()
    assert (plain["outcome"], plain["sets"], plain["steady"], plain["cpu"]) == ("holds", 8, True, "A processor")
    assert json.loads(json.dumps(plain)) == plain


def test_every_claim_has_a_row_without_any_measurement():
    rows = speedups(paper("ravit"), [])
    assert [row.test for row in rows] == list(paper("ravit").speed)
    for row in rows:
        assert (row.measured, row.interval, row.outcome, row.verdict) == (None, None, "not measured", "not measured")
        assert 0 < row.predicted < 100


def test_rows_have_the_same_keys_with_and_without_a_measurement(ratio):
    (without,), (with_one,) = rows_of(), rows_of(ratio())
    assert list(without.plain()) == list(with_one.plain())


def test_a_paper_without_claims_of_speed_has_no_rows(ratio):
    assert speedups(paper("token_fusion"), [ratio()]) == []


@pytest.mark.parametrize("changed", [{"size": 64}, {"task": "train"}, {"model": "ravit_cifar10:2-3"}, {"against": "x"}])
def test_a_measurement_of_something_else_tests_nothing(ratio, changed):
    (row,) = rows_of(ratio(**changed))
    assert row.outcome == "not measured"


def test_every_measurement_of_a_claim_has_a_row(ratio):
    rows = rows_of(ratio(), ratio(batch=32, ratio=0.5, low=0.49, high=0.51))
    assert [(row.ratio.batch, row.outcome) for row in rows] == [(8, "holds"), (32, "exceeded")]


def test_one_set_has_no_interval_and_no_verdict(ratio):
    (row,) = rows_of(ratio(sets=1, low=None, high=None))
    assert (row.measured, row.interval, row.outcome) == (pytest.approx(80), None, "undecided")
    assert row.verdict == "one set on A processor, 1 thread, fp32, batch 8: no interval, no verdict"


def test_a_claim_of_times_as_fast_is_the_inverse_of_the_ratio_of_time(monkeypatch, ratio):
    monkeypatch.setattr(speed, "_macs", lambda name, test: {"ci2p_vit": 2, "vit_base_patch16_gap": 5}[name])
    training = ratio(model="ci2p_vit", against="vit_base_patch16_gap", size=256, task="train")
    rows = speedups(CI2P, [dataclasses.replace(training, ratio=0.5, low=0.48, high=0.56)])
    assert [row.figure.metric for row in rows] == ["training_hours"] * 2
    for row in rows:
        assert row.predicted == 2.5
        assert (row.measured, *row.interval) == pytest.approx((2, 1 / 0.56, 1 / 0.48))
    # about 2 is 1.75 to 2.25; about 20 / 9 is 1.944 to 2.5, and the interval 1.786 to 2.083
    assert [row.outcome for row in rows] == ["holds", "undecided"]
    assert rows[0].verdict == "about 2 x holds on A processor, 1 thread, fp32, batch 8"


def test_a_training_step_is_predicted_with_its_backward_pass():
    """Backward costs a layer twice its forward pass, but for the gradient of the image, which nobody needs."""
    pytest.importorskip("torch")
    pytest.importorskip("compressai")
    found, test = speedups(CI2P, [])[0], CI2P.speed[0]
    ours, theirs = (speed._macs(name, test) for name in (test.model, test.against))
    assert found.predicted == theirs / ours
    assert 2.9 < theirs / speed.macs("vit_base_patch16_gap", 256, "infer") < 3
    assert found.predicted > theirs / (3 * speed.macs("ci2p_vit", 256, "infer"))


def test_a_frozen_encoder_costs_no_backward_pass():
    pytest.importorskip("torch")
    pytest.importorskip("compressai")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of timm's layers
        found = counted_network(resolve("ci2p_vit").at_size(256), backward=True)
    assert found.uncounted == ()
    macs = {path: n for (path, kind), n in found.backward.items.items() if kind.startswith("mac_")}
    assert not any(path.startswith("patch_embed.encoder") for path in macs)
    assert macs["patch_embed.patch_reshape.1.conv_pwl"] > 0
    assert any(path.startswith("patch_embed.encoder") for path, _ in found.forward.items)


def test_a_counted_step_is_kept_on_disk(monkeypatch, tmp_path):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    counted = {"ci2p_vit": 200, "vit_base_patch16_gap": 500}
    monkeypatch.setattr(speed, "macs", lambda name, size, task: counted[name])
    assert speedups(CI2P, [])[0].predicted == 2.5
    files = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json")]
    assert sorted(cache.read(file) for file in files) == [200, 500]
    monkeypatch.setattr(speed, "macs", None)
    assert speedups(CI2P, [])[0].predicted == 2.5


def test_a_step_counted_with_other_libraries_does_not_count(monkeypatch, tmp_path):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(speed, "macs", lambda name, size, task: 100)
    speedups(CI2P, [])
    monkeypatch.setattr(speed, "libraries", lambda: {"torch": "another"})
    monkeypatch.setattr(speed, "macs", lambda name, size, task: 200 if name == "ci2p_vit" else 100)
    assert speedups(CI2P, [])[0].predicted == 0.5


@pytest.mark.parametrize("kept", [0, -1, "7", None, True, 7.5])
def test_a_broken_count_is_made_again(monkeypatch, tmp_path, kept):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(speed, "macs", lambda name, size, task: 500 if name == "vit_base_patch16_gap" else 200)
    speedups(CI2P, [])
    for path in tmp_path.rglob("*.json"):
        cache.write(str(path.relative_to(tmp_path)), kept, "it")
    assert speedups(CI2P, [])[0].predicted == 2.5


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MissingExtra("counting ci2p_vit", "torch", "measure"), "counting ci2p_vit needs torch"),
        (EffbenchError("ci2p_vit cannot be built: No module named 'compressai'"), "compressai"),
    ],
)
def test_what_cannot_be_counted_is_not_predicted_and_says_why(monkeypatch, tmp_path, error, said):
    def fail(*_):
        raise error

    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(speed, "macs", fail)
    for row in speedups(CI2P, []):
        assert row.predicted is None
        assert said in row.not_predicted
