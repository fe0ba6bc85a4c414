"""The command, run in this process."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from effbench.cli import main


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output read as JSON."""
        return json.loads(self.out)

    @property
    def csv(self) -> list[dict[str, str]]:
        """Standard output read as CSV with a header."""
        return list(csv.DictReader(io.StringIO(self.out, newline="")))


@pytest.fixture
def effbench(capsys) -> Callable[..., Ran]:
    """``effbench("flops --sizes 256")``, or one argument each where an argument has a space."""

    def run(line: str, *arguments: object) -> Ran:
        code = main([*line.split(), *map(str, arguments)])
        return Ran(code, *capsys.readouterr())

    return run
