"""The house rules that a program can check: layers, lint, format, types, and files of a readable length."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 300


def check(*command: str) -> None:
    """Run the command in the repository; its output is the message if it fails."""
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def needs(module: str) -> pytest.MarkDecorator:
    """Skip without that tool."""
    return pytest.mark.skipif(find_spec(module) is None, reason=f"{module} is not installed")


@needs("importlinter")
def test_layers():
    check(str(Path(sys.executable).parent / "lint-imports"))


@needs("ruff")
def test_lint():
    check(sys.executable, "-m", "ruff", "check", ".")


@needs("ruff")
def test_format():
    check(sys.executable, "-m", "ruff", "format", "--check", ".")


@needs("mypy")
def test_types():
    check(sys.executable, "-m", "mypy")


def test_every_file_is_read_in_one_sitting():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "effbench").rglob("*.py")}
    assert lengths
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > LONGEST} == {}
