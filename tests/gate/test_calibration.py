"""What a runner's identical pairs promise, how they are kept, and when they are refused."""

from __future__ import annotations

import json
import math

import pytest

from effbench.errors import EffbenchError
from effbench.gate import calibration
from effbench.gate.calibration import Calibration, setting_of
from effbench.gate.pairs import Pair
from effbench.gate.sequential import Plan
from effbench.gate.timing import SLOW_DOWNS
from effbench.profiling.worker.job import Job

JOB = Job(model="toy")


def pair(head: int, wall: int = 1000) -> Pair:
    """A pair of one turn a side: base 1000 ns."""
    turns = {"base": {"cpu": [1000], "wall": [1000]}, "head": {"cpu": [head], "wall": [wall]}}
    return Pair(turns={"toy": turns}, steps={"toy": 1}, failed={}, seconds=6.0)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path / "cache"))


def quiet(pairs: int = 12) -> Calibration:
    return calibration.of_pairs("m1", [pair(1000 + i % 3) for i in range(pairs)], {"toy": JOB})


def test_ratios_are_filed_by_setting_and_clock():
    found = quiet()
    assert list(found.ratios) == [setting_of(JOB)]
    assert len(found.ratios[setting_of(JOB)]["cpu"]) == 12
    assert found.ratios[setting_of(JOB)]["cpu"][0] == 0
    assert found.seconds == [6.0] * 12


def test_another_batch_is_another_setting_and_another_seed_is_not():
    assert setting_of(JOB) == setting_of(Job(model="toy", seed=9))
    assert setting_of(JOB) != setting_of(Job(model="toy", batch=2))


def test_quiet_pairs_promise_full_power():
    pytest.importorskip("scipy")
    found = quiet()
    assert found.power(JOB, Plan(), 0.05).fail == 1
    assert found.power(JOB, Plan(), 0.0).fail == 0


def test_nothing_is_said_about_a_setting_that_was_not_measured_or_too_seldom():
    pytest.importorskip("scipy")
    assert quiet().power(Job(model="other"), Plan(), 0.05) is None
    assert quiet(calibration.LEAST - 1).power(JOB, Plan(), 0.05) is None


def test_the_slow_down_that_decides_is_one_that_a_runner_promises_to_find():
    assert calibration.WORTH_FINDING in SLOW_DOWNS


def test_more_models_share_the_error_and_cost_power():
    pytest.importorskip("scipy")
    noisy = calibration.of_pairs("m1", [pair(1000 + 25 * (i % 5)) for i in range(20)], {"toy": JOB})
    alone, crowd = noisy.power(JOB, Plan(), 0.05), noisy.power(JOB, Plan(), 0.05, models=50)
    assert crowd.fail < alone.fail or crowd.pairs > alone.pairs


def test_kept_for_the_machine_it_was_made_on(tmp_path, monkeypatch):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    assert calibration.kept("m1") is None
    calibration.keep(quiet())
    assert calibration.kept("m1") == quiet()
    assert calibration.kept("m2") is None


def test_a_file_of_another_machine_is_refused(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(quiet().as_dict()) + "\n")
    assert calibration.kept("m1", path) == quiet()
    with pytest.raises(EffbenchError, match="made on machine m1, this is m2"):
        calibration.kept("m2", path)


@pytest.mark.parametrize("text", ["{}\n", "{}\n{}\n", "", "[1]\n", "nonsense\n"])
def test_a_file_that_is_no_calibration(tmp_path, text):
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(EffbenchError, match=r"is not a calibration|is not JSON|is not a JSON object"):
        calibration.kept("m1", path)


def test_two_calibrations_at_once_keep_each_other_s_pairs(own_cache):
    """Both have read what there is before either adds to it."""
    calibration.keep(quiet(2))
    one, other = calibration.kept("m1"), calibration.kept("m1")
    one = calibration.keep_pair(one, pair(1100), {"toy": JOB})
    other = calibration.keep_pair(other, pair(1200), {"toy": JOB})
    kept = calibration.kept("m1")
    assert (len(one.seconds), len(other.seconds), len(kept.seconds)) == (3, 4, 4)
    assert kept == other
    assert kept.ratios[setting_of(JOB)]["cpu"][2:] == [math.log(1.1), math.log(1.2)]


def test_what_is_forgotten_is_what_was_there_and_not_what_others_add(own_cache):
    calibration.keep(quiet(3))
    former = calibration.kept("m1")
    for head in (1100, 1200):  # two that both began anew
        calibration.keep_pair(Calibration("m1"), pair(head), {"toy": JOB}, former)
    kept = calibration.kept("m1")
    assert kept.ratios[setting_of(JOB)]["cpu"] == [math.log(1.1), math.log(1.2)]
    assert kept.seconds == [6.0, 6.0]
    calibration.keep_pair(kept, pair(1300), {"toy": Job(model="other")}, kept)
    assert list(calibration.kept("m1").ratios) == [setting_of(Job(model="other"))]


def test_where_nothing_can_be_kept_pairs_are_known_all_the_same(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path / "file"))
    found = Calibration("m1")
    for pairs in (1, 2):
        found = calibration.keep_pair(found, pair(1000), {"toy": JOB})
        assert len(found.seconds) == pairs
    assert capsys.readouterr().err.count("the calibration was not kept") == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.1", True, None])
@pytest.mark.parametrize("where", ["ratios", "seconds"])
def test_a_calibration_with_a_number_that_cannot_be_is_refused(tmp_path, monkeypatch, value, where):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    found = quiet()
    values = found.seconds if where == "seconds" else found.ratios[setting_of(JOB)]["wall"]
    values[3] = value
    path = tmp_path / "c.json"
    path.write_text(json.dumps(found.as_dict()) + "\n")
    with pytest.raises(EffbenchError, match=r"c\.json: .* is not a (finite number|time)") as caught:
        calibration.kept("m1", path)
    assert str(value)[:3] in str(caught.value)
    calibration.keep(found)
    assert calibration.kept("m1") is None


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_pair_that_took_no_time_is_refused(tmp_path, seconds):
    path = tmp_path / "c.json"
    path.write_text(json.dumps({**quiet().as_dict(), "seconds": [seconds]}) + "\n")
    with pytest.raises(EffbenchError, match=r"c\.json: seconds: .* is not a time"):
        calibration.kept("m1", path)


def test_clocks_of_different_length_are_no_calibration(tmp_path):
    found = quiet()
    found.ratios[setting_of(JOB)]["wall"].pop()
    path = tmp_path / "c.json"
    path.write_text(json.dumps(found.as_dict()) + "\n")
    with pytest.raises(EffbenchError, match="the clocks have different numbers of pairs"):
        calibration.kept("m1", path)
