"""A run's folder, and what it says of another run. No torch."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.files import locks
from effbench.training.loop import folder as files
from effbench.training.loop.folder import require_same
from effbench.training.loop.outcome import Outcome


def test_one_process_at_a_time(tmp_path, monkeypatch):
    waited = []
    monkeypatch.setattr(locks.time, "sleep", waited.append)
    with files.held(tmp_path / "run"):
        with pytest.raises(EffbenchError, match=r"another process trains in .*run"), files.held(tmp_path / "run"):
            pytest.fail("both are in")
        assert waited == [locks.PAUSE] * locks.LOOKS
    with files.held(tmp_path / "run"):
        pass


def test_no_result_yet(tmp_path):
    assert files.stored_result(tmp_path) is None
    assert files.stored_result(tmp_path / "nowhere") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"exits": [{"wrong": 1}]}'])
def test_a_result_that_is_none(tmp_path, content):
    (tmp_path / files.RESULT).write_text(content)
    with pytest.raises(EffbenchError, match=r"result.json is no result of a training"):
        files.stored_result(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EffbenchError, match=r"cannot make folder .*file"), files.held(tmp_path / "file"):
        pytest.fail("it was made")


def test_a_result_from_other_weights_in_a_file_of_the_same_name_is_that_of_another_run(recipe, tmp_path):
    weights = tmp_path / "weights.pt"
    weights.write_bytes(b"first")
    mine = dataclasses.replace(recipe(), options={"encoder_weights": str(weights)})
    done = Outcome(key=mine.key(0), name=mine.name, model=mine.model, seed=0, recipe=mine.determining(), status="done")
    files.write_json(tmp_path / files.RESULT, done.as_entry())
    assert files.result_of(tmp_path, mine, 0) == done
    weights.write_bytes(b"second")
    with pytest.raises(EffbenchError, match=r"result.json is of another run: files.encoder_weights is None there"):
        files.result_of(tmp_path, mine, 0)


def test_differences_are_named_by_their_place():
    there = {"model": "a", "data": {"size": 8, "flip": 0.5}, "seed": 0}
    here = {"model": "a", "data": {"size": 9, "flip": 0.5}, "options": {"x": "y"}, "seed": 0}
    require_same(Path("c.pt"), there, there)
    said = r"c.pt is of another run: data.size is 8 there, 9 here; options.x is None there, y here. Give"
    with pytest.raises(EffbenchError, match=said):
        require_same(Path("c.pt"), there, here)
