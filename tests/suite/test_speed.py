"""Speed side by side: records of profiles as a scripted run would write them, summaries, and rows of claims."""

from __future__ import annotations

import json
import math
import sys

import pytest

from effbench.claims.load import paper
from effbench.errors import EffbenchError, MissingExtra
from effbench.suite import speed
from effbench.suite.speed import measurements, speed_rows, summary
from effbench.worker.job import Job

MODEL, BASE = "ravit_cifar10:1-3", "vit_cifar10:4"
CONDITIONS = {
    "kind": "conditions",
    "schema": 1,
    "id": "c1",
    "command": "effbench profile",
    "machine": "m",
    "cpu": "A processor",
    "cores": 2,
    "memory_bytes": 1,
    "system": "Linux",
    "accelerator": "A card",
    "libraries": {"python": "3.11", "torch": "2.9", "timm": None},
    "commit": "abc",
    "dirty": False,
}


def one_set(ratio, models=(BASE, MODEL), **how):
    """One set of one round: a step of the base takes 10 ms, those of the others ``ratio`` times as long."""
    clock = "device" if how.get("device") == "cuda" else "cpu"
    times = {name: 10_000_000 * (1 if name == BASE else ratio) for name in models}
    rounds = [{name: {"wall": [round(t)] * 2, clock: [round(2 * t)] * 2} for name, t in times.items()}]
    subject = [Job(**{"model": name, "batch": 8, **how}).as_dict() for name in models]
    about = {"kind": "set", "key": f"k{how}", "subject": subject, "status": "measured", "rounds": rounds, "steps": 2}
    return {**about, "conditions": "c1", "load": ratio, "ended": f"at {ratio}"}


@pytest.fixture
def record(tmp_path):
    """``record(set, set, …)``: a file of them."""

    def write(*lines, name="mine.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(line) + "\n" for line in (CONDITIONS, *lines)), encoding="utf-8")
        return path

    pytest.importorskip("scipy")
    return write


def test_a_ratio_is_that_of_the_sets_with_an_interval(record):
    (found,) = measurements([record(one_set(0.8), one_set(0.9))])
    # mean of ln 0.8 and ln 0.9: √0.72 = 0.84853; half their distance, ln(9/8) / 2, times t(1; 97.5 %) = 12.7062
    assert found.ratio == pytest.approx(math.sqrt(0.72))
    assert found.high == pytest.approx(math.sqrt(0.72) * math.exp(12.7062 * math.log(9 / 8) / 2), rel=1e-5)
    assert found.low * found.high == pytest.approx(0.72)
    assert (found.model, found.against, found.size, found.batch, found.sets) == (MODEL, BASE, 32, 8, 2)
    assert (found.load, found.ended, found.clock) == (0.9, "at 0.9", "wall")


def test_a_gpu_is_judged_by_its_own_clock(record):
    (found,) = measurements([record(one_set(0.8, device="cuda"), one_set(0.8, device="cuda"))])
    assert (found.clock, found.where) == ("device", "A card, fp32, batch 8")


def test_where_names_the_processor_and_how_it_was_used(record):
    (found,) = measurements([record(one_set(0.8, threads=2, mode="compile"), one_set(0.8, threads=2, mode="compile"))])
    assert found.where == "A processor, 2 threads, fp32, batch 8, compile"


def test_the_base_of_a_claim_need_not_be_that_of_the_comparison(record):
    models = ("vit_cifar10:3", BASE, MODEL)
    (found,) = measurements([record(one_set(0.8, models), one_set(0.8, models))])
    assert (found.model, found.against, found.ratio) == (MODEL, BASE, pytest.approx(0.8))


def test_sets_under_other_conditions_or_settings_are_not_mixed(record):
    found = measurements([record(one_set(0.8), one_set(0.5, batch=32), one_set(0.9), one_set(0.5, batch=32))])
    assert sorted((one.batch, round(one.ratio, 3), one.sets) for one in found) == [(8, 0.849, 2), (32, 0.5, 2)]


def test_failed_sets_and_comparisons_of_others_are_no_measurements(record):
    failed = {**one_set(0.1), "status": "killed"}
    others = one_set(0.5, (BASE, "vit_cifar10:3"), dtype="bf16")
    (found,) = measurements([record(failed, one_set(0.8), one_set(0.8), others)])
    assert found.sets == 2


def row_of(rows, model=MODEL):
    (row,) = (row for row in rows if row["model"] == model)
    return row


def test_a_claim_has_its_figure_prediction_and_measurement(record):
    row = row_of(speed_rows(paper("ravit"), measurements([record(*[one_set(0.8 + i / 1000) for i in range(8)])])))
    assert (row["printed"], row["claimed"], row["unit"]) == ("81 %", 81, "%")
    # RAViT's 45,493,760 MACs are those of effbench flops; 55,838,976 of the ViT
    assert row["predicted"] == pytest.approx(100 * 45_493_760 / 55_838_976, abs=0.05)
    assert row["low"] < row["measured"] < row["high"]
    assert (row["outcome"], row["sets"], row["commit"]) == ("holds", 8, "abc")
    assert row["verdict"].startswith("measured 80 % [80, 81] on A processor, 1 thread, fp32, batch 8: about 81 % holds")
    assert row["libraries"] == "python 3.11, torch 2.9"
    assert json.loads(json.dumps(row)) == row


def test_a_claim_without_measurement_says_so():
    row = row_of(speed_rows(paper("ravit"), []))
    assert (row["measured"], row["outcome"]) == (None, "not measured")


@pytest.mark.parametrize("how", [{"size": 64}, {"task": "train"}])
def test_a_measurement_at_another_size_or_of_another_task_tests_nothing(record, how):
    found = measurements([record(one_set(0.8, **how), one_set(0.8, **how))])
    assert len(found) == 1
    assert row_of(speed_rows(paper("ravit"), found))["outcome"] == "not measured"


def test_every_measurement_of_a_claim_has_a_row(record):
    found = measurements([record(one_set(0.8), one_set(0.8), one_set(0.5, batch=32), one_set(0.5, batch=32))])
    rows = [row for row in speed_rows(paper("ravit"), found) if row["model"] == MODEL]
    assert {row["batch"]: row["outcome"] for row in rows} == {8: "holds", 32: "exceeded"}


def test_one_set_has_no_interval_and_no_verdict(record):
    row = row_of(speed_rows(paper("ravit"), measurements([record(one_set(0.8))])))
    assert (row["measured"], row["low"], row["outcome"]) == (pytest.approx(80), None, "undecided")
    assert "one set: no interval" in row["verdict"]


def test_a_training_step_is_predicted_with_its_backward_pass():
    """The encoder of CI2P-ViT is frozen: it has a forward pass alone, so training gains more than inference does."""
    pytest.importorskip("torch")
    pytest.importorskip("compressai")
    row = speed_rows(paper("ci2p_vit"), [])[0]
    forward = speed.macs("vit_base_patch16_gap", 256, "infer") / speed.macs("ci2p_vit", 256, "infer")
    assert row["predicted"] > forward
    assert speed_rows(paper("ci2p_vit"), [])[0]["predicted"] == row["predicted"]  # from the cache


def test_without_pytorch_the_prediction_names_what_is_missing(monkeypatch):
    def missing(*_):
        raise MissingExtra("counting ci2p_vit", "torch", "measure")

    monkeypatch.setattr(speed, "_macs", missing)
    row = speed_rows(paper("ci2p_vit"), [])[0]
    assert row["predicted"] is None
    assert "effbench[measure]" in row["not_predicted"]


def test_a_summary_says_what_its_records_said(record, tmp_path):
    found = measurements([record(one_set(0.8), one_set(0.9))])
    (tmp_path / "kept.json").write_text(summary(found), encoding="utf-8")
    assert measurements([tmp_path / "kept.json"]) == found


def test_summaries_need_no_scipy_and_records_name_it(record, tmp_path, monkeypatch):
    path = record(one_set(0.8), one_set(0.9))
    (tmp_path / "kept.json").write_text(summary(measurements([path])), encoding="utf-8")
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    assert len(measurements([tmp_path / "kept.json"])) == 1
    with pytest.raises(MissingExtra, match="scipy"):
        measurements([path])


def test_what_ships_can_be_read():
    assert all(one.sets > 1 for one in measurements(speed.shipped()))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", "nonsense\n", "line 1 is not JSON"),
        ("a.jsonl", '{"kind": "set"}\n', "is no record of effbench profile"),
        ("a.jsonl", '{"other": 1}\n', "is no record of effbench profile"),
        ("a.json", "nonsense", "is no summary of measurements"),
        ("a.json", '[{"model": "a"}]', "is no summary of measurements"),
        ("a.json", "[1]", "is no summary of measurements"),
    ],
)
def test_other_files_are_refused(tmp_path, name, text, said):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(EffbenchError, match=said):
        measurements([tmp_path / name])


@pytest.mark.parametrize("name", ["none.jsonl", "none.json"])
def test_a_file_that_is_not_there_is_an_error(tmp_path, name):
    with pytest.raises(EffbenchError, match="cannot read"):
        measurements([tmp_path / name])
