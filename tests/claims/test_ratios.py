"""Measured ratios: records of profiles as a scripted run writes them, summaries, and files that are neither."""

from __future__ import annotations

import json
import math
import sys
from random import Random

import pytest

from effbench.claims.load import papers
from effbench.claims.ratios import SHIPPED, shipped, summary
from effbench.claims.ratios import measurements as read
from effbench.errors import EffbenchError, MissingExtra
from effbench.profiling.sets import SetPlan, compare_all
from effbench.profiling.visits import Visits
from effbench.profiling.worker.job import Job

TESTS = [test for about in papers() for test in about.speed]


def measurements(path):
    return read(path, TESTS)


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


def one_set(ratio, models=(BASE, MODEL), steady=True, **how):
    """One set of one round: a step of the base takes 10 ms, those of the others ``ratio`` times as long."""
    clock = "device" if how.get("device") == "cuda" else "cpu"
    times = {name: 10_000_000 * (1 if name == BASE else ratio) for name in models}
    rounds = [{name: {"wall": [round(t)] * 2, clock: [round(t**2)] * 2} for name, t in times.items()}]
    subject = [Job(**{"model": name, "batch": 8, **how}).as_dict() for name in models]
    about = {"kind": "set", "key": f"k{how}", "subject": subject, "status": "measured", "rounds": rounds, "steps": 2}
    warm = {name: {"steady": steady or name == BASE} for name in models}
    return {**about, "warm": warm, "conditions": "c1", "load": ratio, "ended": f"at {ratio}"}


@pytest.fixture
def record(tmp_path):
    """``record(set, set, …)``: a file of them, after its conditions."""

    def write(*lines, name="mine.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(line) + "\n" for line in (CONDITIONS, *lines)), encoding="utf-8")
        return path

    pytest.importorskip("scipy")
    return write


def test_a_ratio_is_that_of_the_sets_with_an_interval(record):
    (found,) = measurements(record(one_set(0.8), one_set(0.9)))
    # mean of ln 0.8 and ln 0.9: √0.72 = 0.84853; half their distance, ln(9/8) / 2, times t(1; 97.5 %) = 12.7062
    assert found.ratio == pytest.approx(math.sqrt(0.72))
    assert found.high == pytest.approx(math.sqrt(0.72) * math.exp(12.7062 * math.log(9 / 8) / 2), rel=1e-5)
    assert found.low * found.high == pytest.approx(0.72)
    assert found.interval == (found.low, found.high)
    assert (found.model, found.against, found.size, found.batch, found.sets) == (MODEL, BASE, 32, 8, 2)
    assert (found.conditions.load, found.ended, found.clock, found.steady) == (0.9, "at 0.9", "wall", True)
    assert found.conditions.libraries == "python 3.11, torch 2.9"


def test_what_a_comparison_writes_is_read(bench, tmp_path):
    """The writer's own lines, with scripted clocks: 20 ms of the base, 15 ms of the model, in every set."""
    pytest.importorskip("scipy")
    ms = 1_000_000
    bench.steps = {BASE: {"wall": 20 * ms, "cpu": 10 * ms}, MODEL: {"wall": 15 * ms, "cpu": 9 * ms}}
    path = tmp_path / "mine.jsonl"
    visits = Visits(path, "effbench profile")
    compare_all([[Job(model=BASE), Job(model=MODEL)]], SetPlan(sets=2, rounds=3), visits, order=Random(1))
    (found,) = measurements(path)
    assert (found.model, found.against, found.sets, found.steady) == (MODEL, BASE, 2, True)
    assert (found.low, found.ratio, found.high) == pytest.approx((0.75, 0.75, 0.75))
    told = [getattr(found.conditions, name) for name in ("machine", "cpu", "commit", "dirty")]
    assert told == [getattr(visits.conditions, name) for name in ("machine", "cpu", "commit", "dirty")]


def test_a_gpu_is_judged_by_its_own_clock(record):
    (found,) = measurements(record(one_set(0.8, device="cuda"), one_set(0.8, device="cuda")))
    # the script's other clock shows the square
    assert (found.clock, found.where, found.ratio) == ("device", "A card, fp32, batch 8", pytest.approx(0.64))


def test_where_names_the_processor_and_how_it_was_used(record):
    (found,) = measurements(record(one_set(0.8, threads=2, mode="compile"), one_set(0.8, threads=2, mode="compile")))
    assert found.where == "A processor, 2 threads, fp32, batch 8, compile"


def test_the_base_of_a_claim_need_not_be_that_of_the_comparison(record):
    models = ("vit_cifar10:3", BASE, MODEL)
    (found,) = measurements(record(one_set(0.8, models), one_set(0.8, models)))
    assert (found.model, found.against, found.ratio) == (MODEL, BASE, pytest.approx(0.8))


def test_models_that_ran_at_sizes_of_their_own_are_not_compared(record):
    """CI2P-ViT is made for 256², the ViT for 224²: without ``--size`` each has its own."""
    models = ("vit_base_patch16_gap", "ci2p_vit")
    own, equal = (one_set(0.8, models, task="train", size=size) for size in (None, 256))
    (found,) = measurements(record(own, equal))
    assert (found.size, found.sets) == (256, 1)


def test_sets_measured_in_other_ways_are_not_mixed(record):
    found = measurements(record(one_set(0.8), one_set(0.5, batch=32), one_set(0.9), one_set(0.5, batch=32)))
    assert [(one.batch, round(one.ratio, 3), one.sets) for one in found] == [(8, 0.849, 2), (32, 0.5, 2)]


def test_a_record_of_another_machine_is_another_measurement(record):
    other = {**CONDITIONS, "id": "c2", "machine": "n", "cpu": "Another processor"}
    slow = {**one_set(0.9), "key": "k2", "conditions": "c2"}
    found = measurements(record(one_set(0.8), one_set(0.8), other, slow, slow))
    assert [(one.conditions.machine, one.where.partition(",")[0]) for one in found] == [
        ("m", "A processor"),
        ("n", "Another processor"),
    ]


def test_sets_of_two_revisions_name_both(record):
    newer = {**CONDITIONS, "id": "c2", "commit": "def", "dirty": True}
    (found,) = measurements(record(one_set(0.8), newer, {**one_set(0.8), "conditions": "c2"}))
    assert (found.sets, found.conditions.commit, found.conditions.dirty) == (2, "abc, def", True)


def test_a_network_that_never_settled_is_named(record):
    (found,) = measurements(record(one_set(0.8), one_set(0.8, steady=False)))
    assert not found.steady


def test_one_set_has_no_interval(record):
    (found,) = measurements(record(one_set(0.8)))
    assert (found.ratio, found.low, found.high, found.interval) == (pytest.approx(0.8), None, None, None)


@pytest.mark.parametrize("how", [{"size": 64}, {"task": "train"}, {"models": (BASE, "vit_cifar10:3")}])
def test_comparisons_that_no_claim_is_about_are_left_out(record, how):
    assert measurements(record(one_set(0.8, **how), one_set(0.8, **how))) == []


def test_failed_sets_and_profiles_of_one_model_are_no_ratios(record):
    visit = {"kind": "visit", "key": "v", "status": "measured", "subject": {}, "conditions": "c1"}
    (found,) = measurements(record(visit, {**one_set(0.1), "status": "killed"}, one_set(0.8), one_set(0.8)))
    assert found.sets == 2


def test_a_set_that_a_crash_left_unfinished_is_none(record):
    path = record(one_set(0.8), one_set(0.9))
    path.write_bytes(path.read_bytes()[:-10])
    assert measurements(path)[0].sets == 1


def test_a_summary_says_what_its_records_said(record, tmp_path):
    found = measurements(record(one_set(0.8), one_set(0.9), one_set(0.7, batch=1)))
    (tmp_path / "kept.json").write_text(summary(found), encoding="utf-8")
    assert len(found) == 2
    assert measurements(tmp_path / "kept.json") == found


def test_summaries_need_no_scipy_and_records_name_it(record, tmp_path, monkeypatch):
    path = record(one_set(0.8), one_set(0.9))
    (tmp_path / "kept.json").write_text(summary(measurements(path)), encoding="utf-8")
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    assert len(measurements(tmp_path / "kept.json")) == 1
    with pytest.raises(MissingExtra, match="scipy"):
        measurements(path)


def test_what_ships_tests_claims_and_has_intervals():
    found = shipped(papers())
    assert summary(found) == (SHIPPED / "profiles.json").read_text(encoding="utf-8")
    assert all(one.low is not None and any(map(one.tests, TESTS)) for one in found)
    assert shipped([]) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense\n", "line 1 is not JSON"),
        ("", "is no record of effbench profile"),
        ("a line without an end", "is no record of effbench profile"),
        ('{"other": 1}\n', "is no record of effbench profile"),
        ('{"kind": "verdict"}\n', "is no record of effbench profile"),
        ('{"kind": "set"}\n', "is no record of effbench profile"),
        ('{"kind": "set", "status": "measured", "key": [], "subject": []}\n', "is no record of effbench profile"),
    ],
)
def test_other_files_are_no_records(tmp_path, text, said):
    (tmp_path / "a.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(EffbenchError, match=said):
        measurements(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    "changed",
    [
        {"rounds": []},
        {"rounds": [{BASE: {"wall": [1]}}]},
        {"conditions": "of another file"},
        {"subject": None},
    ],
)
def test_sets_that_cannot_be_are_no_records(record, changed):
    path = record({**one_set(0.8), **changed})
    with pytest.raises(EffbenchError, match="is no record of effbench profile"):
        measurements(path)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("ns", [0, -5, math.nan, math.inf, "7", True, None])
def test_a_time_that_cannot_be_is_named(record, which, ns):
    times = [[1], [1]]
    times[which] = [ns]
    path = record({**one_set(0.8), "rounds": [{BASE: {"wall": times[0]}, MODEL: {"wall": times[1]}}]})
    with pytest.raises(EffbenchError, match=r"mine\.jsonl: round 1 of .* by the wall clock: .* is not a time"):
        measurements(path)


@pytest.mark.parametrize("text", ["nonsense", '[{"model": "a"}]', "[1]", "{}", "null", '""', "\udcff"])
def test_other_files_are_no_summaries(tmp_path, text):
    (tmp_path / "a.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(EffbenchError, match=r"a\.json is no summary of measurements"):
        measurements(tmp_path / "a.json")


@pytest.mark.parametrize(
    "changed",
    [
        {"ratio": 0.0, "low": None, "high": None},
        {"ratio": math.nan},
        {"ratio": "0.8"},
        {"low": 0.9},
        {"high": math.inf},
        {"low": None},
        {"threads": "1"},
        {"conditions": {}},
        {"conditions": None},
        {"more": 1},
    ],
)
def test_values_that_cannot_be_are_no_summary(record, tmp_path, changed):
    (row,) = json.loads(summary(measurements(record(one_set(0.8), one_set(0.81)))))
    (tmp_path / "a.json").write_text(json.dumps([row]), encoding="utf-8")
    assert measurements(tmp_path / "a.json")
    (tmp_path / "a.json").write_text(json.dumps([{**row, **changed}]), encoding="utf-8")
    with pytest.raises(EffbenchError, match="is no summary"):
        measurements(tmp_path / "a.json")


@pytest.mark.parametrize("name", ["none.jsonl", "none.json", "folder.json", "folder.jsonl", "none/mine.jsonl"])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, name):
    for folder in ("folder.json", "folder.jsonl"):
        (tmp_path / folder).mkdir()
    with pytest.raises(EffbenchError, match="cannot read"):
        measurements(tmp_path / name)
