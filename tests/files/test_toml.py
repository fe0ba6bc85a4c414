"""TOML files that cannot be read."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError
from effbench.files.toml import read_toml


def test_a_file_that_is_not_there_or_is_not_toml(tmp_path):
    with pytest.raises(EffbenchError, match=r"cannot read plan .*none\.toml: No such file or directory"):
        read_toml(tmp_path / "none.toml", "plan")
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(EffbenchError, match=r"bad\.toml is no TOML file"):
        read_toml(tmp_path / "bad.toml", "plan")
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    with pytest.raises(EffbenchError, match=r"deep\.toml is nested too deeply"):
        read_toml(tmp_path / "deep.toml", "plan")
