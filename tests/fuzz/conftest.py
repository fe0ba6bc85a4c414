"""Modules beside the tests are imported as they import each other, and cases run in a folder of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The playground."""
    pytest.importorskip("scipy")
    pytest.importorskip("torch")
    import playground

    made = tmp_path_factory.mktemp("fuzz") / "a" / "b"
    made.mkdir(parents=True)
    playground.make(made)
    return made


@pytest.fixture
def inside(folder: Path) -> Iterator[Path]:
    """Meanwhile the working folder is the playground."""
    import run

    with run.within(folder):
        yield folder
