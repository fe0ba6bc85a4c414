"""The baseline file and what a new recording says against it, on recordings written by hand."""

from __future__ import annotations

import json
import math

import pytest

pytest.importorskip("scipy")

from effbench.errors import EffbenchError
from effbench.gate import baseline
from effbench.gate.baseline import compare, load, save, without
from effbench.gate.overview import overview
from effbench.gate.relative import KERNELS
from effbench.profiling.worker.job import Job


def recording(gemm, copy=None, *, machine="here", label="toy", job=None, failed=None, torch="2.9"):
    """One with these log ratios per worker (to copy the same unless given) and a step of 1 ms."""
    ratios = dict(zip(KERNELS, ({"cpu": gemm}, {"cpu": gemm if copy is None else copy}), strict=True))
    model = {
        "job": (job or Job(model="toy")).as_dict(),
        "log_ratios": {kernel: {} for kernel in KERNELS} if failed else ratios,
        "step_ns": {} if failed else {"cpu": [1_000_000] * len(gemm)},
        "failed": failed,
    }
    conditions = {"machine": machine, "libraries": {"torch": torch, "effbench": "0"}}
    return {"conditions": conditions, "seed": 0, "seconds": 60.0, "models": {label: model}}


HERE = [recording([value - 0.01, value + 0.01]) for value in (0.499, 0.500, 0.501)]
"""Three recordings that repeat to 0.1 %."""


def only(rows):
    [row] = rows
    return row


def test_the_same_speed_passes_and_ten_percent_fails():
    """Spread 0.001, three recordings: reach 6.96 · 0.001 · sqrt(4/3) = 0.008; margin ln 1.05 = 0.049."""
    same = only(compare(HERE, [recording([0.500])], margin=0.05))
    assert (same.verdict, same.against, same.reason) == ("PASS", "3 from this machine", "")
    assert same.effect.high == pytest.approx(math.expm1(0.00804), abs=1e-5)
    slow = only(compare(HERE, [recording([0.500 + math.log(1.1)])], margin=0.05))
    assert slow.verdict == "FAIL"
    assert slow.effect.change == pytest.approx(0.1)
    assert (slow.base_ns, slow.head_ns, slow.minutes) == (1_000_000, 1_000_000, 1.0)


def test_workers_are_no_recordings():
    """However many workers one recording has: nothing is known of how recordings vary."""
    row = only(compare([recording([0.5] * 50)], [recording([0.9] * 50)]))
    assert (row.verdict, row.effect.low, row.effect.high) == ("INCONCLUSIVE", None, None)
    assert row.reason == "on file: 1 from this machine; 3 are needed to know how they vary"
    assert row.effect.change == pytest.approx(math.expm1(0.4))


def test_on_another_machine_the_unit_is_the_machine():
    """Nine recordings of three machines: three values, 0.3, 0.5 and 0.7."""
    stored = [
        recording([v]) | {"conditions": recording([v], machine=m)["conditions"]}
        for m, v in zip("abc" * 3, (0.3, 0.5, 0.7) * 3, strict=True)
    ]
    row = only(compare(stored, [recording([0.5])]))
    assert (row.against, row.verdict, row.base_ns) == ("3 other machines", "INCONCLUSIVE", None)
    reach = 6.9646 * 0.2 * math.sqrt(4 / 3)  # 99 % point of Student t with two degrees; spread of machines 0.2
    assert row.effect.high == pytest.approx(math.expm1(reach), rel=1e-4)


def test_one_other_machine_decides_nothing():
    row = only(compare([recording([0.5], machine="there")] * 9, [recording([2.0])]))
    assert row.verdict == "INCONCLUSIVE"
    assert row.reason == "on file: 1 other machines; 3 are needed to know how they vary"


def test_recordings_of_this_machine_are_preferred():
    stored = [*HERE, *(recording([9.0], machine=name) for name in "abc")]
    assert only(compare(stored, [recording([0.5])])).against == "3 from this machine"


def test_a_kernel_that_says_the_opposite_leaves_it_open():
    """Against the matrix product 20 % slower, against the copy 20 % faster: the machine changed, not the model."""
    row = only(compare(HERE, [recording([0.7], [0.3])], margin=0.05))
    assert (row.verdict, row.reason) == ("INCONCLUSIVE", "relative to kernel/copy it is the opposite")
    assert only(compare(HERE, [recording([0.7], [0.5 + math.log(1.05)])], margin=0.05)).verdict == "FAIL"


def test_another_job_is_not_compared():
    new = recording([0.5], job=Job(model="toy", batch=2))
    row = only(compare(HERE, [new]))
    assert (row.verdict, row.effect.change, row.reason) == ("INCONCLUSIVE", None, "not in the baseline")
    assert only(compare(HERE, [recording([0.5], job=Job(model="toy", seed=3))])).effect.change is not None


def test_what_failed_is_said():
    row = only(compare(HERE, [recording([], failed="model: it raised")]))
    assert (row.verdict, row.effect.change, row.reason) == ("INCONCLUSIVE", None, "model: it raised")
    stored = [*HERE, recording([], failed="killed: SIGKILL")]
    assert only(compare(stored, [recording([0.5])])).against == "3 from this machine"


def test_another_library_is_said():
    row = only(compare(HERE, [recording([0.5], torch="2.10")], margin=0.05))
    assert (row.verdict, row.reason) == ("PASS", "torch 2.9 then, 2.10 now")


def test_more_models_ask_for_more_evidence():
    both = [each | {"models": {**each["models"], "other": each["models"]["toy"]}} for each in HERE]
    new = recording([0.5])
    new["models"]["other"] = new["models"]["toy"]
    assert compare(both, [new])[0].effect.high > only(compare(HERE, [recording([0.5])])).effect.high


def test_it_is_kept_whole(tmp_path):
    path = tmp_path / "b.json"
    save(path, HERE)
    assert load(path) == HERE
    assert baseline.machine_of(load(path)[0]) == "here"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot read"),
        ("[]", "not a baseline of schema 1"),
        ('{"schema": 2, "recordings": []}', "not a baseline of schema 1"),
        ('{"schema": 1}', "lacks its values"),
        ('{"schema": 1, "recordings": [{"models": {"a": {}}}]}', "lacks its values"),
    ],
)
def test_other_files_are_refused(tmp_path, text, said):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(EffbenchError, match=said):
        load(tmp_path / "b.json")


def test_a_recording_counts_once(tmp_path):
    save(tmp_path / "b.json", [*HERE, HERE[1]])
    with pytest.raises(EffbenchError, match="recording 4 repeats an earlier one"):
        load(tmp_path / "b.json")


def test_where_there_is_none(tmp_path):
    with pytest.raises(EffbenchError, match="no baseline; effbench gate baseline record makes one"):
        load(tmp_path / "b.json")


def test_accepting_a_change_forgets_its_model_alone():
    mixed = HERE[0] | {"models": {**HERE[0]["models"], "other": HERE[0]["models"]["toy"]}}
    [left] = without([*HERE, mixed], {"toy": Job(model="toy")})
    assert list(left["models"]) == ["other"]


def test_the_overview_tells_both_spreads():
    """Recordings 0.499, 0.500, 0.501: standard deviation 0.001; workers 0.01 apart from the mean: 0.01 · sqrt 2."""
    [row] = overview([*HERE, recording([], failed="model: it raised")])
    assert (row.model, row.machine, row.recordings, row.workers) == ("toy", "here", 3, 6)
    assert row.relative == pytest.approx(math.exp(0.5))
    assert row.between == pytest.approx(0.001)
    assert row.within == pytest.approx(0.01 * math.sqrt(2))
    assert row.failed == "model: it raised"


def test_a_recording_is_json(tmp_path):
    save(tmp_path / "b.json", HERE)
    assert json.loads((tmp_path / "b.json").read_text())["schema"] == baseline.SCHEMA


def test_three_recordings_are_needed_and_enough():
    two, three = (only(compare(HERE[:count], [recording([0.500])], margin=0.05)) for count in (2, 3))
    assert (two.verdict, two.effect.low) == ("INCONCLUSIVE", None)
    assert two.reason == "on file: 2 from this machine; 3 are needed to know how they vary"
    assert (three.verdict, three.reason) == ("PASS", "")


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.5", True, None])
def test_a_ratio_that_cannot_be_is_named(tmp_path, value):
    save(tmp_path / "b.json", [*HERE, recording([0.5, value])])
    with pytest.raises(EffbenchError, match=r"b\.json: recording 4, toy, kernel/gemm, cpu clock: .* is not a finite"):
        load(tmp_path / "b.json")


@pytest.mark.parametrize("value", [math.nan, math.inf, 0, -5, "7", True, None])
@pytest.mark.parametrize("where", ["seconds", "step on the cpu clock"])
def test_a_time_that_cannot_be_is_named(tmp_path, value, where):
    wrong = recording([0.5])
    if where == "seconds":
        wrong["seconds"] = value
    else:
        wrong["models"]["toy"]["step_ns"]["cpu"] = [value]
    save(tmp_path / "b.json", [wrong])
    with pytest.raises(EffbenchError, match=f"recording 1, .*{where}: .* is not a time"):
        load(tmp_path / "b.json")


def test_a_recording_without_values_that_did_not_fail_is_refused(tmp_path):
    save(tmp_path / "b.json", [recording([])])
    with pytest.raises(EffbenchError, match="recording 1, toy, kernel/gemm: no values on the cpu clock"):
        load(tmp_path / "b.json")
    save(tmp_path / "b.json", [recording([], failed="model: it raised")])
    assert len(load(tmp_path / "b.json")) == 1
