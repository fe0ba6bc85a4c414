"""How two runs differ. No torch."""

from __future__ import annotations

from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.training.loop.identity import differences, require_same


def test_differences_are_named_by_their_place():
    there = {"model": "a", "data": {"size": 8, "flip": 0.5}, "seed": 0}
    here = {"model": "a", "data": {"size": 9, "flip": 0.5}, "options": {"x": "y"}, "seed": 0}
    assert differences(there, here) == ["data.size is 8 there, 9 here", "options is None there, {'x': 'y'} here"]
    assert differences(there, there) == []


def test_what_is_the_same_passes():
    require_same(Path("c.pt"), {"a": 1}, {"a": 1})
    with pytest.raises(EffbenchError, match=r"c.pt is of another run: a is 1 there, 2 here. Give another folder, or"):
        require_same(Path("c.pt"), {"a": 1}, {"a": 2})
