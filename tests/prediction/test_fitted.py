"""The shipped weights: a file that is not as it was shipped is one line."""

from __future__ import annotations

import gzip
import json

import pytest

from effbench.errors import EffbenchError
from effbench.models.shipped import shipped
from effbench.prediction import fitted


@pytest.fixture
def place(monkeypatch, tmp_path):
    """``place("WEIGHTS", content)``: in the place of a shipped file."""

    def put(name, content):
        (tmp_path / name).write_bytes(content)
        monkeypatch.setattr(fitted, name, tmp_path / name)
        for read in (fitted.fitted, fitted._held, fitted._corrections):
            read.cache_clear()

    yield put
    monkeypatch.undo()
    for read in (fitted.fitted, fitted._held, fitted._corrections):
        read.cache_clear()


def changed(**values):
    """The shipped weights with some values of the first setting changed."""
    held = json.loads(fitted.WEIGHTS.read_bytes())
    first = next(iter(held["settings"].values()))
    first.update(values)
    return json.dumps(held).encode()


@pytest.mark.parametrize(
    "values",
    [
        {"weights": {}},
        {"weights": {"macs_linear": -1}},
        {"weights": {"nothing": 1}},
        {"weights": [1]},
        {"weights": {"bytes": float("nan")}},
        {"weights": {"bytes": 0}},
        {"width": {"base": 1e999, "growth": 0, "unlike": 1}},
        {"examples": "x"},
    ],
)
def test_weights_that_cannot_be(place, values):
    place("WEIGHTS", changed(**values))
    with pytest.raises(EffbenchError, match="is damaged: install effbench again"):
        fitted.fitted()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"[" * 100_000, b'{"counts": 1}'])
def test_a_file_that_holds_no_weights(place, content):
    place("WEIGHTS", content)
    with pytest.raises(EffbenchError, match=r"is damaged|cannot read|other counts"):
        fitted.fitted()
    with pytest.raises(EffbenchError, match=r"is damaged|cannot read"):
        fitted.validations()


@pytest.mark.parametrize(
    "content", [b"", b"x", *(gzip.compress(text, mtime=0) for text in (b"a,b\n1:2\n", b"\xff", b""))]
)
def test_corrections_that_cannot_be_read(place, content):
    setting = next(iter(fitted.fitted()))
    place("CORRECTIONS", content)
    with pytest.raises(EffbenchError, match="is damaged"):
        fitted.correction(shipped().networks[0], setting)
