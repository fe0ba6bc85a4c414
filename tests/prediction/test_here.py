"""A calibration of a scripted machine whose times are a known sum of columns."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("scipy")

from effbench.counting.time_terms import timeable
from effbench.errors import EffbenchError
from effbench.models.registry import resolve
from effbench.prediction import here
from effbench.prediction.columns import COLUMNS, values

PER = {"macs of linear layers": 2e-11, "moved by layer norms": 1e-9, "runs of products": 4e-6, "one run": 5e-5}


def seconds(job):
    """Of a step on the scripted machine."""
    row = values(timeable(resolve(job.model).at_size(job.size)).terms, job.batch)
    return job.batch * sum(PER.get(name, 0.0) * n for name, n in zip(COLUMNS, row, strict=True))


class Scripted:
    """A worker without a clock; ``slow``: wall time over processor time."""

    slow = 1.0
    made = 0

    def __init__(self, threads):
        self.jobs = {}
        type(self).made += 1

    def load(self, key, job, limit):
        self.jobs[key] = job

    def turn(self, key, steps, limit):
        cpu = round(1e9 * seconds(self.jobs[key]))
        return {"wall": [round(self.slow * cpu)] * steps, "cpu": [cpu] * steps}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    few = {"a": [("vit_cifar10:2,width=64", None, 1), ("vit_cifar10:5,width=64", None, 1)]}
    few["b"] = [("vit_cifar10:3,width=128", None, n) for n in (1, 8)] + [("ravit_cifar10:1-3", None, 1)]
    few["c"] = [("vit_cifar10:1,width=256", None, 1), ("ravit_cifar10:4-1,width=96", None, 1)]
    monkeypatch.setattr(here, "_NETWORKS", few)
    monkeypatch.setattr(Scripted, "made", 0)
    here.machine.cache_clear()
    yield Scripted
    here.machine.cache_clear()


def test_another_network_is_predicted(machine):
    found = here.calibrate(1, start=machine)
    assert (len(found.played), found.is_busy) == (here.ROUNDS, False)
    job = here.Job(model="ravit_cifar10:2-2,width=160", batch=4)
    row = here.machine(1, "cpu").predict(timeable(resolve(job.model)), job.batch)
    assert row.seconds * job.batch == pytest.approx(seconds(job), rel=0.02)
    assert (row.machine, row.batch) == ("here", 4)


def test_a_calibration_is_kept_and_not_made_twice(machine):
    here.calibrate(1, start=machine)
    here.calibrate(1, start=machine)
    assert machine.made == 1
    here.calibrate(1, start=machine, again=True)
    assert machine.made == 2


def test_one_that_was_stopped_goes_on(machine):
    times = iter([0.0, *[1.0] * 5, 1e9])
    first = here.calibrate(1, start=machine, clock=lambda: next(times))
    assert here.FEWEST <= len(first.played) < here.ROUNDS
    assert len(here.calibrate(1, start=machine).played) == here.ROUNDS


def test_too_few_rounds_are_refused(machine):
    times = iter([0.0, 1e9])
    with pytest.raises(EffbenchError, match=f"1 of at least {here.FEWEST} rounds"):
        here.calibrate(1, start=machine, clock=lambda: next(times))


def test_a_machine_without_a_calibration_is_refused(machine):
    with pytest.raises(EffbenchError, match="effbench predict --calibrate"):
        here.machine(1, "wall")


def test_a_busy_machine_is_noticed(machine, monkeypatch):
    monkeypatch.setattr(machine, "slow", 3.0)
    found = here.calibrate(1, start=machine)
    assert found.is_busy
    assert found.busy == pytest.approx(3.0, rel=0.01)
