"""Scripts in ``benchmarks`` are imported as they import each other; and a setting that a test changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))


@pytest.fixture
def setting(tmp_path: Path) -> Callable[..., Any]:
    """``setting(smoke=True, left=0)``: of a run in a temporary folder that has a minute left."""
    pytest.importorskip("gpu_stages.records")
    from gpu_stages.records import Setting

    def make(left: float = 60.0, **changes: Any) -> Any:
        given = {"device": "cpu", "smoke": False, "data": (), "epochs": (400, 200, 60), "retry": False, **changes}
        return Setting(out=tmp_path, work=tmp_path / "work", ends=time.time() + left, **given)

    return make
