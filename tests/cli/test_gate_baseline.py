"""``effbench gate baseline`` on scripted recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("scipy")

from effbench.files.locks import is_held, lock_of
from effbench.gate import baseline
from effbench.gate.overview import overview
from effbench.gate.relative import KERNELS


class Machine:
    """Stands in for the clock: every recording has these log ratios; what was asked is kept."""

    def __init__(self) -> None:
        self.values, self.name, self.asked, self.interrupt_after = [0.5], "here", [], None
        self.meanwhile = lambda: None

    def record(self, jobs, *, workers, rounds, seed, done):
        if len(self.asked) == self.interrupt_after:
            raise KeyboardInterrupt
        self.asked.append((list(jobs), workers, rounds, seed))
        self.meanwhile()
        value = self.values[(len(self.asked) - 1) % len(self.values)]
        ratios = {kernel: {"cpu": [value] * workers} for kernel in KERNELS}
        model = {"log_ratios": ratios, "step_ns": {"cpu": [1000] * workers}, "failed": None}
        for _ in jobs:
            done()
        conditions = {"machine": self.name, "libraries": {"torch": "2"}}
        models = {label: {"job": job.as_dict(), **model} for label, job in jobs.items()}
        return {"conditions": conditions, "seed": seed, "seconds": float(len(self.asked)), "models": models}


@pytest.fixture
def machine(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    made = Machine()
    monkeypatch.setattr("effbench.gate.relative.record", made.record)
    return made


def test_record_then_compare(effbench, machine):
    machine.values = [0.500, 0.501, 0.502]
    ran = effbench("gate baseline record vit_tiny_patch16 --workers 2 --rounds 4 --seed 5")
    assert ran.code == 0
    assert machine.asked == [(["vit_tiny_patch16"], 2, 4, 5 + i) for i in range(3)]
    assert "vit_tiny_patch16" in ran.out
    machine.asked.clear()
    ran = effbench("gate baseline compare")
    assert (ran.code, [each[0] for each in machine.asked]) == (0, [["vit_tiny_patch16"]])
    assert "PASS" in ran.out
    machine.values = [0.7]
    assert effbench("gate baseline compare --format json").json[0]["verdict"] == "FAIL"
    assert effbench("gate baseline compare").code == 1
    machine.name = "there"
    assert effbench("gate baseline compare").code == 3


def test_recording_adds_and_replacing_starts_anew(effbench, machine):
    for expected in (2, 4):
        effbench("gate baseline record vit_tiny_patch16 --batch 4 --recordings 2")
        assert len(baseline.load(baseline.PLACE)) == expected
    assert effbench("gate baseline record --recordings 1").code == 0  # the same models as recorded
    assert machine.asked[-1][0] == ["vit_tiny_patch16, batch 4"]
    effbench("gate baseline record --recordings 1 --replace")
    assert len(baseline.load(baseline.PLACE)) == 1


def test_an_interruption_keeps_what_is_finished(effbench, machine):
    machine.interrupt_after = 2
    assert effbench("gate baseline record vit_tiny_patch16").code == 130
    assert len(baseline.load(baseline.PLACE)) == 2


@pytest.mark.parametrize(("option", "tiny", "base"), [("", 5, 2), (" --replace", 2, 1)])
def test_what_others_record_meanwhile_is_kept(effbench, machine, monkeypatch, option, tiny, base):
    """Another process records another model during each of our two recordings, replacing its own if we do ours."""
    record = f"gate baseline record{option} --model"
    assert effbench(f"{record} vit_tiny_patch16 --recordings 3").code == 0

    def another():
        machine.meanwhile = lambda: None
        assert effbench(f"{record} vit_base_patch16 --recordings 1").code == 0
        machine.meanwhile = another

    machine.meanwhile = another
    assert effbench(f"{record} vit_tiny_patch16 --recordings 2").code == 0
    models = [model for each in baseline.load(baseline.PLACE) for model in each["models"]]
    assert (models.count("vit_tiny_patch16"), models.count("vit_base_patch16")) == (tiny, base)


def test_nobody_else_adds_between_reading_and_writing(effbench, machine, monkeypatch):
    locked = []
    monkeypatch.setattr(baseline, "save", lambda path, recordings: locked.append(is_held(lock_of(path))))
    assert effbench("gate baseline record vit_tiny_patch16 --recordings 1").code == 0
    assert locked == [True]


@pytest.mark.parametrize("what", ["record vit_tiny_patch16", "compare"])
def test_a_device_is_not_read_without_end(effbench, machine, what):
    """/dev/null has an end, unlike /dev/full."""
    ran = effbench(f"gate baseline {what} --baseline /dev/null")
    assert ran.code == 2
    assert "/dev/null: is not a regular file" in ran.err
    assert machine.asked == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("compare", "no baseline; effbench gate baseline record makes one"),
        ("record", "holds no model yet: name some"),
        ("record vit_tinny", "unknown model"),
        ("record vit_tiny_patch16 --size 7", "vit_tiny_patch16"),
        ("record --batch 4", "without a MODEL"),
        ("record vit_tiny_patch16 --batch 0", "--batch must be 1 or more"),
        ("record vit_tiny_patch16 --recordings 0", "--recordings must be 1 or more"),
        ("record vit_tiny_patch16 --workers -1", "--workers must be 1 or more"),
        ("record vit_tiny_patch16 --margin 100%", "--margin must be below 1, got 1"),
        ("record vit_tiny_patch16 --baseline nowhere/b.json", "no such folder"),
        ("compare --replace", "--replace has no effect with compare"),
        ("forget", "invalid choice"),
    ],
)
def test_bad_input(effbench, machine, line, said):
    ran = effbench(f"gate baseline {line}")
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert machine.asked == []
    assert not baseline.PLACE.exists()


def test_the_committed_baseline_is_one():
    recordings = baseline.load(Path(__file__).parents[2] / baseline.PLACE)
    rows = overview(recordings)
    assert {"ravit_cifar10:1-3, batch 8", "vit_tiny_patch16", "ci2p_vit_ds"} <= {row.model for row in rows}
    assert all(row.recordings >= baseline.LEAST and row.failed is None for row in rows)
