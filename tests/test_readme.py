"""The README's examples are run: console output must be what the commands print, Python examples are doctests.

``python tests/test_readme.py`` writes the current output into the README.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)


def printed_by(command: str) -> str:
    """Standard output of a README command, run as a reader would."""
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, os.environ["PATH"]])
    shell = ["bash", "-o", "pipefail", "-c", command]
    done = subprocess.run(shell, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path})
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


BLOCKS = [(found["command"], found["output"]) for found in BLOCK.finditer(README.read_text(encoding="utf-8"))]


NETWORKS = ("count", "check", "crosscheck")
"""Commands that build networks."""


@pytest.mark.parametrize(("command", "output"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_console_blocks_show_what_the_command_prints(command: str, output: str) -> None:
    if command.split()[1] in NETWORKS:
        pytest.importorskip("torch")
    if command.split()[1] == "exits":
        pytest.importorskip("scipy")
    assert printed_by(command) == output


def test_there_are_console_blocks() -> None:
    assert len(BLOCKS) >= 8


def test_python_examples_are_doctests() -> None:
    results = doctest.testfile(str(README), module_relative=False)
    assert results.attempted >= 6
    assert results.failed == 0


def test_every_convention_is_described() -> None:
    from effbench.cost.convention import conventions

    text = README.read_text(encoding="utf-8")
    assert [name for name in conventions() if f"| `{name}` |" not in text] == []


def overwrite() -> None:
    """Put the current output of every console block into the README."""
    text = README.read_text(encoding="utf-8")
    renewed = BLOCK.sub(lambda m: f"```console\n$ {m['command']}\n{printed_by(m['command'])}```", text)
    README.write_text(renewed, encoding="utf-8")


if __name__ == "__main__":
    overwrite()
