"""Speed side by side: a row per claim and measurement, predictions from counts, and what is missing."""

from __future__ import annotations

import dataclasses
import json
import warnings

import pytest

from effbench.claims import measured_speed as speed
from effbench.claims.load import paper
from effbench.claims.measured_ratios import Measured
from effbench.claims.measured_speed import speed_rows
from effbench.claims.speed import of_paper
from effbench.counting.operations import counted_network
from effbench.errors import EffbenchError, MissingExtra
from effbench.files import cache
from effbench.models.registry import resolve

MODEL, BASE = "ravit_cifar10:1-3", "vit_cifar10:4"
CONDITIONS = {
    "machine": "m",
    "cpu": "A processor",
    "cores": 2,
    "accelerator": None,
    "system": "Linux",
    "libraries": "torch 2.9",
    "commit": "abc",
    "dirty": False,
    "load": 0.5,
}
TIMED = Measured(
    model=MODEL,
    against=BASE,
    size=32,
    batch=8,
    dtype="fp32",
    mode="eager",
    task="infer",
    device="cpu",
    threads=1,
    clock="wall",
    ratio=0.8,
    low=0.79,
    high=0.81,
    sets=8,
    steady=True,
    conditions=CONDITIONS,
    ended="today",
)


def timed(**changed):
    return dataclasses.replace(TIMED, **changed)


def rows_of(found, model=MODEL):
    return [row for row in speed_rows(paper("ravit"), found) if row["model"] == model]


def test_a_claim_has_its_figure_prediction_and_measurement():
    (row,) = rows_of([timed()])
    assert (row["printed"], row["claimed"], row["unit"], row["metric"]) == ("81 %", 81, "%", "flops")
    # 45,493,760 MACs of RAViT over 55,838,976 of the ViT, as effbench flops prints them
    assert row["predicted"] == pytest.approx(100 * 45_493_760 / 55_838_976)
    assert (row["low"], row["measured"], row["high"]) == pytest.approx((79, 80, 81))
    assert (row["outcome"], row["sets"], row["steady"]) == ("holds", 8, True)
    assert row["verdict"] == "about 81 % holds in time on A processor, 1 thread, fp32, batch 8 (claimed of FLOPs)"
    assert {name: row[name] for name in CONDITIONS} == CONDITIONS
    assert json.loads(json.dumps(row)) == row


def test_every_claim_has_a_row_without_any_measurement():
    rows = speed_rows(paper("ravit"), [])
    assert [row["claims"] for row in rows] == [test.ids for test in of_paper("ravit")]
    for row in rows:
        assert (row["measured"], row["low"], row["high"]) == (None, None, None)
        assert (row["outcome"], row["verdict"]) == ("not measured", "not measured")
        assert 0 < row["predicted"] < 100


def test_rows_have_the_same_keys_with_and_without_a_measurement():
    (without,), (with_one,) = rows_of([]), rows_of([timed()])
    assert set(without) == set(with_one)


def test_a_paper_without_claims_of_speed_has_no_rows():
    assert speed_rows(paper("token_fusion"), [timed()]) == []


@pytest.mark.parametrize("changed", [{"size": 64}, {"task": "train"}, {"model": "ravit_cifar10:2-3"}, {"against": "x"}])
def test_a_measurement_of_something_else_tests_nothing(changed):
    (row,) = rows_of([timed(**changed)])
    assert row["outcome"] == "not measured"


def test_every_measurement_of_a_claim_has_a_row():
    rows = rows_of([timed(), timed(batch=32, ratio=0.5, low=0.49, high=0.51)])
    assert [(row["batch"], row["outcome"]) for row in rows] == [(8, "holds"), (32, "exceeded")]


def test_one_set_has_no_interval_and_no_verdict():
    (row,) = rows_of([timed(sets=1, low=None, high=None)])
    assert (row["measured"], row["low"], row["high"], row["outcome"]) == (pytest.approx(80), None, None, "undecided")
    assert row["verdict"] == "one set on A processor, 1 thread, fp32, batch 8: no interval, no verdict"


def test_a_claim_of_times_as_fast_is_the_inverse_of_the_ratio_of_time(monkeypatch):
    monkeypatch.setattr(speed, "_macs", lambda name, test: {"ci2p_vit": 2, "vit_base_patch16_gap": 5}[name])
    training = timed(model="ci2p_vit", against="vit_base_patch16_gap", size=256, task="train")
    rows = speed_rows(paper("ci2p_vit"), [dataclasses.replace(training, ratio=0.5, low=0.48, high=0.56)])
    assert [row["metric"] for row in rows] == ["training_hours"] * 2
    for row in rows:
        assert row["predicted"] == 2.5
        assert (row["low"], row["measured"], row["high"]) == pytest.approx((1 / 0.56, 2, 1 / 0.48))
    # about 2 is 1.75 to 2.25; about 20 / 9 is 1.944 to 2.5, and the interval 1.786 to 2.083
    assert [row["outcome"] for row in rows] == ["holds", "undecided"]
    assert rows[0]["verdict"] == "about 2 x holds on A processor, 1 thread, fp32, batch 8"


def test_a_training_step_is_predicted_with_its_backward_pass():
    """Backward costs a layer twice its forward pass, but for the gradient of the image, which nobody needs."""
    pytest.importorskip("torch")
    pytest.importorskip("compressai")
    (found, _), (test, _) = speed_rows(paper("ci2p_vit"), []), of_paper("ci2p_vit")
    ours, theirs = (speed._macs(name, test) for name in (test.model, test.against))
    assert found["predicted"] == theirs / ours
    assert 2.9 < theirs / speed.macs("vit_base_patch16_gap", 256, "infer") < 3
    assert found["predicted"] > theirs / (3 * speed.macs("ci2p_vit", 256, "infer"))


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
    assert speed_rows(paper("ci2p_vit"), [])[0]["predicted"] == 2.5
    files = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json")]
    assert sorted(cache.read(file) for file in files) == [200, 500]
    monkeypatch.setattr(speed, "macs", None)
    assert speed_rows(paper("ci2p_vit"), [])[0]["predicted"] == 2.5


def test_a_step_counted_with_other_libraries_does_not_count(monkeypatch, tmp_path):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(speed, "macs", lambda name, size, task: 100)
    speed_rows(paper("ci2p_vit"), [])
    monkeypatch.setattr(speed, "libraries", lambda: {"torch": "another"})
    monkeypatch.setattr(speed, "macs", lambda name, size, task: 200 if name == "ci2p_vit" else 100)
    assert speed_rows(paper("ci2p_vit"), [])[0]["predicted"] == 0.5


@pytest.mark.parametrize("kept", [0, -1, "7", None, True, 7.5])
def test_a_broken_count_is_made_again(monkeypatch, tmp_path, kept):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(speed, "macs", lambda name, size, task: 500 if name == "vit_base_patch16_gap" else 200)
    speed_rows(paper("ci2p_vit"), [])
    for path in tmp_path.rglob("*.json"):
        cache.write(str(path.relative_to(tmp_path)), kept, "it")
    assert speed_rows(paper("ci2p_vit"), [])[0]["predicted"] == 2.5


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
    for row in speed_rows(paper("ci2p_vit"), []):
        assert row["predicted"] is None
        assert said in row["not_predicted"]
