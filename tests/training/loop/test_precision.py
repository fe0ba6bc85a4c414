"""A precision that the recipe leaves open: measured, kept with the runs, part of the key."""

from __future__ import annotations

import io
import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from effbench.errors import EffbenchError  # noqa: E402 - after the check for torch
from effbench.training.loop import precision, probe  # noqa: E402
from effbench.training.loop.choice import FILE, GAIN, Choice, kept, kept_or  # noqa: E402
from effbench.training.loop.job import Job  # noqa: E402
from effbench.training.loop.loop import Loop  # noqa: E402
from effbench.training.loop.run import train  # noqa: E402
from effbench.training.seeds import train_seeds  # noqa: E402
from effbench.training.sweep.store import Store  # noqa: E402


@pytest.fixture
def clocked(monkeypatch):
    """``clocked(fp32, bf16)``: seconds that a step is said to take; what was asked."""
    asked = []

    def set_times(*seconds):
        def by_turns(turns, device):
            asked.append(len(turns))
            for turn in turns:
                turn()
            return list(seconds)

        monkeypatch.setattr(precision, "by_turns", by_turns)
        return asked

    return set_times


def stop():
    """As a user does."""
    raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def data(noise, monkeypatch):
    """Measurements are on noise too."""
    monkeypatch.setattr(precision, "open_part", lambda data, part, **named: noise(part))


@pytest.mark.parametrize(("fp32", "name"), [(1.19, "fp32"), (1.21, "bf16"), (0.5, "fp32")])
def test_bf16_must_be_a_fifth_faster(fp32, name):
    assert GAIN == 1.2
    found = Choice.of(fp32, 1.0)
    assert found.precision == name
    assert f"{1e3 * fp32:.1f} ms in fp32, 1000.0 ms in bf16" in found.why


@pytest.mark.parametrize(("seconds", "name"), [((2.0, 1.0), "bf16"), ((1.0, 1.0), "fp32")])
def test_the_run_is_that_of_the_measured_precision(recipe, tmp_path, clocked, seconds, name):
    asked = clocked(*seconds)
    outcome = train(recipe("training.precision=auto"), seed=1, folder=tmp_path / "auto")
    alone = train(recipe(f"training.precision={name}"), seed=1, folder=tmp_path / "alone")
    assert asked == [2]
    assert outcome.key == alone.key == recipe(f"training.precision={name}").key(1)
    assert outcome.recipe["training"]["precision"] == name
    assert outcome.exits == alone.exits  # measuring moved no random number
    assert json.loads((tmp_path / "auto" / "recipe.json").read_text())["training"]["precision"] == name
    assert kept(tmp_path / "auto").precision == name


def test_a_run_goes_on_in_what_it_began_whatever_is_faster_now(recipe, tmp_path, clocked):
    clocked(2.0, 1.0)
    made = recipe("training.precision=auto")
    whole = train(made, seed=0, folder=tmp_path / "whole")
    with pytest.MonkeyPatch.context() as patch:
        finished = Loop.finished
        patch.setattr(Loop, "finished", lambda loop, row: [finished(loop, row), loop.log[1:] and stop()])
        with pytest.raises(KeyboardInterrupt):
            train(made, seed=0, folder=tmp_path / "cut")
    assert (tmp_path / "cut" / "checkpoint.pt").is_file()
    asked = clocked(1.0, 2.0)
    before = len(asked)
    resumed = train(made, seed=0, folder=tmp_path / "cut")
    assert len(asked) == before
    assert (resumed.key, resumed.exits) == (whole.key, whole.exits)


def test_all_seeds_of_an_experiment_have_one_precision(recipe, tmp_path, clocked):
    asked = clocked(2.0, 1.0)
    outcomes = train_seeds(recipe("training.precision=auto"), [0, 1], tmp_path, device="cpu")
    assert asked == [2]
    assert {outcome.recipe["training"]["precision"] for outcome in outcomes} == {"bf16"}
    assert set(Store(tmp_path).found()) == {recipe("training.precision=bf16").key(seed) for seed in (0, 1)}


def test_a_team_does_as_the_first_process_says(recipe, tmp_path, clocked):
    class Second(precision.Team):
        def total(self, value):
            return value + 1  # the first process says bf16

    asked = clocked(1.0, 2.0)
    made = precision.settled(recipe("training.precision=auto"), 0, tmp_path, team=Second(rank=1, world=2))
    assert (made.training.precision, asked) == ("bf16", [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", '{"precision": "fp8", "fp32": 1, "bf16": 1, "why": ""}'])
def test_a_choice_that_cannot_be_read_is_one_line(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(EffbenchError, match=r"precision\.json cannot be read; remove it to measure"):
        kept(tmp_path)


def test_of_two_that_measure_at_once_the_first_is_kept(tmp_path):
    def slow():
        kept_or(tmp_path, lambda: Choice.of(2.0, 1.0))
        return Choice.of(1.0, 2.0)

    assert kept_or(tmp_path, slow).precision == "bf16"


def test_both_are_really_measured_and_answered_as_a_program(recipe, monkeypatch, capsys):
    job = Job(recipe=recipe("training.precision=auto"), seed=0)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(job.as_plain())))
    assert probe.serve(precision.measured) == 0
    found = Choice(**json.loads(capsys.readouterr().out))
    assert found == Choice.of(found.fp32, found.bf16)
    assert min(found.fp32, found.bf16) > 0
