"""Examples of the README and of the site are run: console output must be what the commands print, Python is doctested.

``python tests/docs/test_examples.py`` writes the current output into the pages.
"""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import pages  # beside this file, which pytest imports without a package

sys.path.pop(0)

NETWORKS = ("count", "check", "crosscheck")
"""Commands that build networks."""

BLOCKS = list(pages.console_blocks())


@cache
def printed_by(command: str) -> str:
    """Standard output of a command, run as a reader would, in the repository."""
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, os.environ["PATH"]])
    shell = ["bash", "-c", command]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(shell, capture_output=True, text=True, check=False, env=environment, cwd=pages.ROOT)
    assert done.returncode == 0, done.stderr
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


@pytest.mark.parametrize(("page", "command", "output"), BLOCKS, ids=[f"{p.stem}: {c}" for p, c, _ in BLOCKS])
def test_console_blocks_show_what_the_command_prints(page: Path, command: str, output: str) -> None:
    if command.split()[1] in NETWORKS:
        pytest.importorskip("torch")
    if command.split()[1] == "exits":
        pytest.importorskip("scipy")
    assert printed_by(command) == output


def test_there_are_console_blocks() -> None:
    assert len(BLOCKS) >= 15


def test_python_examples_are_doctests() -> None:
    with_torch = [page for page in pages.PAGES if "import torch" in page.read_text(encoding="utf-8")]
    left_out = [] if find_spec("torch") else with_torch
    results = [doctest.testfile(str(page), module_relative=False) for page in pages.PAGES if page not in left_out]
    assert sum(result.attempted for result in results) >= 6
    assert sum(result.failed for result in results) == 0


def test_every_convention_is_described() -> None:
    from effbench.cost.convention import conventions

    text = (pages.ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in conventions() if f"| `{name}` |" not in text] == []


def overwrite() -> None:
    """Put the current output of every console block into its page."""
    for page in pages.PAGES:
        text = page.read_text(encoding="utf-8")
        renewed = pages.CONSOLE.sub(lambda m: f"```console\n$ {m['command']}\n{printed_by(m['command'])}```", text)
        if renewed != text:
            page.write_text(renewed, encoding="utf-8")


if __name__ == "__main__":
    overwrite()
